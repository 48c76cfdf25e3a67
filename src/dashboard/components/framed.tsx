import type { ComponentChildren } from 'preact';
import type { Prediction } from '../../core/prediction';
import { model } from '../model';

interface FramedProps {
  readonly prediction: Prediction;
  /** Size of the model's input, or with the same aspect ratio; of the active model if absent. */
  readonly size?: { readonly width: number; readonly height: number } | null;
  /** The image. */
  readonly children: ComponentChildren;
}

/** An image with the boxes of its objects; without objects, the image itself. */
export function Framed({ prediction: { objects, frame }, size, children }: FramedProps) {
  if (objects === undefined || frame === undefined) return <>{children}</>;
  const { width, height } = size ?? model.value ?? { width: 1, height: 1 };
  const [left, top, across, down] = frame.view;
  const [x, y] = [width / across, height / down];
  return (
    <span class="framed">
      {children}
      <svg class="boxes" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        {objects.map(({ label, box }, at) => (
          <rect
            key={at}
            class={boxClass(label)}
            x={(box[0] - left) * x}
            y={(box[1] - top) * y}
            width={box[2] * x}
            height={box[3] * y}
          />
        ))}
      </svg>
    </span>
  );
}

const COLOURS = 6;

/** Each class has one of a few colours. */
export function boxClass(label: number): string {
  return `box-${label % COLOURS}`;
}
