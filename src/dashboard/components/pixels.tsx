import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Picture } from '../../core/picture';
import { isPhoto } from '../model';

/** An image, enlarged by the style sheet without smoothing. An empty text marks it as decoration. */
export function Pixels({
  picture,
  text,
  class: className = '',
}: {
  picture: Picture;
  text: string;
  class?: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => draw(canvas.current, picture), [picture]);
  return (
    <canvas
      ref={canvas}
      class={`pixels ${isPhoto(picture) ? 'is-photo ' : ''}${className}`}
      width={picture.width}
      height={picture.height}
      {...(text === '' ? { 'aria-hidden': true } : { role: 'img', 'aria-label': text })}
    />
  );
}

function draw(canvas: HTMLCanvasElement | null, { pixels, width, height, channels }: Picture): void {
  const context = canvas?.getContext('2d');
  if (!context) return;
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const at = i * channels;
    const [red = 0, green = red, blue = red] = pixels.subarray(at, at + channels);
    image.data.set([red, green, blue, 255], i * 4);
  }
  context.putImageData(image, 0, 0);
}
