import { useEffect, useRef } from 'preact/hooks';

const SIDE = 280;
const BRUSH = 22;
const SETTLE_MS = 200;

interface SketchProps {
  /** False while the result is that of another image; the drawing is then wiped. */
  readonly used: boolean;
  readonly onDrawn: (image: Blob) => void;
  readonly onCleared: () => void;
}

/** Canvas to draw on with mouse, pen or finger, white on black; emits a PNG after each stroke. */
export function Sketch({ used, onDrawn, onCleared }: SketchProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const settle = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    wipe(canvas.current);
    return () => clearTimeout(settle.current);
  }, []);
  useEffect(() => {
    if (used) return;
    clearTimeout(settle.current);
    wipe(canvas.current);
  }, [used]);

  const begin = (event: PointerEvent) => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    canvas.current?.setPointerCapture(event.pointerId);
    context.beginPath();
    const [x, y] = place(event);
    context.moveTo(x, y);
    // A line of length 0 with round caps is a dot.
    context.lineTo(x, y);
    context.stroke();
  };
  const go = (event: PointerEvent) => {
    if (event.buttons === 0) return;
    const context = canvas.current?.getContext('2d');
    context?.lineTo(...place(event));
    context?.stroke();
  };
  const end = () => {
    clearTimeout(settle.current);
    settle.current = setTimeout(
      () => canvas.current?.toBlob((blob) => blob && onDrawn(blob), 'image/png'),
      SETTLE_MS,
    );
  };
  return (
    <div class="sketch">
      <canvas
        ref={canvas}
        width={SIDE}
        height={SIDE}
        role="img"
        aria-label="Drawing area for mouse, pen or finger; to use the keyboard, choose an example or a file below"
        onPointerDown={begin}
        onPointerMove={go}
        onPointerUp={end}
      />
      <p class="muted">
        Filled shapes work best: the model was trained on photos of clothes, not on outlines.
      </p>
      <button
        type="button"
        class="small"
        onClick={() => {
          clearTimeout(settle.current);
          wipe(canvas.current);
          onCleared();
        }}
      >
        Clear
      </button>
    </div>
  );
}

function wipe(canvas: HTMLCanvasElement | null): void {
  const context = canvas?.getContext('2d');
  if (!context) return;
  context.fillStyle = '#000';
  context.fillRect(0, 0, SIDE, SIDE);
  context.strokeStyle = '#fff';
  context.lineWidth = BRUSH;
  context.lineCap = 'round';
  context.lineJoin = 'round';
}

function place(event: PointerEvent): [number, number] {
  const box = (event.currentTarget as HTMLCanvasElement).getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
}
