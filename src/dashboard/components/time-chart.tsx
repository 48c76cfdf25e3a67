import { useEffect, useRef, useState } from 'preact/hooks';
import { rate, shortCount } from '../format';

const LEFT = 46;
const BOTTOM = 24;
const TOP = 8;
const SHORTEST_S = 30;
const LABEL_WIDTH = 80;
/** Steps of the time axis, s. */
const STEPS_S = [5, 10, 15, 30, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 21_600];

interface Timed {
  /** Seconds since 1970. */
  readonly at: number;
}

interface TimeChartProps<Point extends Timed> {
  readonly points: readonly Point[];
  /** The first curve has an area; the second is dashed and on top, because both often coincide. */
  readonly curves: readonly [keyof Point, keyof Point];
  /** Top of the scale at least. */
  readonly least: number;
  /** Longest time shown, s. */
  readonly window: number;
  /** px */
  readonly height: number;
}

/** Two curves over time, drawn in CSS pixels, so text and lines keep their size. */
export function TimeChart<Point extends Timed>(props: TimeChartProps<Point>) {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  return (
    <div ref={holder} style={{ height: `${props.height}px` }}>
      {width > LEFT && <Lines {...props} width={width} />}
    </div>
  );
}

function Lines<Point extends Timed>({
  points,
  curves,
  least,
  window,
  height,
  width,
}: TimeChartProps<Point> & { width: number }) {
  const end = points.at(-1)?.at ?? Date.now() / 1000;
  const from = Math.max(end - window, Math.min(points[0]?.at ?? end, end - SHORTEST_S));
  const highest = Math.max(least, ...points.flatMap((point) => curves.map((curve) => Number(point[curve]))));
  const step = roundStep((highest * 1.05) / 3);
  const top = Math.ceil((highest * 1.05) / step) * step;
  const x = (at: number) => LEFT + ((at - from) / (end - from)) * (width - LEFT - 2);
  const y = (value: number) => TOP + (1 - value / top) * (height - TOP - BOTTOM);
  const line = (curve: keyof Point) =>
    points.map((point) => `${x(point.at).toFixed(1)} ${y(Number(point[curve])).toFixed(1)}`).join('L');
  const [first, second] = curves;
  const filled = line(first);
  return (
    <svg class="plot is-fixed" width={width} height={height} aria-hidden="true">
      {Array.from({ length: Math.round(top / step) + 1 }, (_, at) => at * step).map((tick) => (
        <g key={tick}>
          <path class="grid" d={`M${LEFT} ${y(tick)}H${width}`} />
          <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
            {Number.isInteger(tick) ? shortCount(tick) : rate(tick)}
          </text>
        </g>
      ))}
      {times(from, end, Math.floor((width - LEFT) / LABEL_WIDTH)).map((at) => (
        <text key={at} x={x(at)} y={height - 4} text-anchor="middle">
          {clock(at, end - from)}
        </text>
      ))}
      {points.length > 1 && (
        <>
          <path class="area" d={`M${x(points[0]!.at)} ${y(0)}L${filled}L${x(end)} ${y(0)}Z`} />
          <path class="curve" d={`M${filled}`} />
          <path class="curve is-in" d={`M${line(second)}`} />
        </>
      )}
    </svg>
  );
}

/** Current width of an element, px; 0 until it is measured. */
function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Smallest of 1, 2, 5, 10, 20, … that is at least `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5, 10].find((digit) => digit * power >= least) ?? 10) * power;
}

/** Round times, far enough apart for their labels. */
function times(from: number, to: number, most: number): number[] {
  const step = STEPS_S.find((seconds) => (to - from) / seconds <= most) ?? 43_200;
  const first = Math.ceil((from + step / 3) / step) * step;
  return Array.from({ length: most + 1 }, (_, at) => first + at * step).filter((at) => at < to - step / 3);
}

function clock(at: number, window: number): string {
  return new Date(at * 1000).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(window < 1_800 && { second: '2-digit' }),
  });
}
