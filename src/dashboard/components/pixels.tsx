import { useLayoutEffect, useRef } from 'preact/hooks';
import { IMAGE_SIDE } from '../../core/image';

/** A 28×28 image, enlarged by the style sheet without smoothing. An empty text marks it as decoration. */
export function Pixels({
  pixels,
  text,
  class: className = '',
}: {
  pixels: Uint8Array;
  text: string;
  class?: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => draw(canvas.current, pixels), [pixels]);
  return (
    <canvas
      ref={canvas}
      class={`pixels ${className}`}
      width={IMAGE_SIDE}
      height={IMAGE_SIDE}
      {...(text === '' ? { 'aria-hidden': true } : { role: 'img', 'aria-label': text })}
    />
  );
}

function draw(canvas: HTMLCanvasElement | null, pixels: Uint8Array): void {
  const context = canvas?.getContext('2d');
  if (!context) return;
  const image = context.createImageData(IMAGE_SIDE, IMAGE_SIDE);
  pixels.forEach((value, at) => image.data.set([value, value, value, 255], at * 4));
  context.putImageData(image, 0, 0);
}
