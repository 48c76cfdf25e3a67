import { useEffect, useRef, useState } from 'preact/hooks';
import { rate, shortCount } from '../format';
import { history, type RatePoint } from '../state';

const HEIGHT = 220;
const LEFT = 46;
const BOTTOM = 24;
const TOP = 8;
const WINDOW_S = 120;
const SHORTEST_S = 30;
const LABEL_WIDTH = 80;

/** Rates of arriving and classified images over two minutes. */
export function RateChart() {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const points = history.value;
  const last = points.at(-1);
  return (
    <figure class="chart">
      <div ref={holder} class="chart-holder">
        {width > LEFT && <Lines points={points} width={width} />}
      </div>
      <figcaption class="legend">
        <span>
          <i class="swatch is-in" /> in <b>{rate(last?.in ?? 0)}</b>/s
        </span>
        <span>
          <i class="swatch is-out" /> out <b>{rate(last?.out ?? 0)}</b>/s
        </span>
        <span class="hidden">{spoken(points)}</span>
      </figcaption>
    </figure>
  );
}

/** Drawn in CSS pixels, so text and lines keep their size. */
function Lines({ points, width }: { points: readonly RatePoint[]; width: number }) {
  const end = points.at(-1)?.at ?? Date.now() / 1000;
  // At least half a minute, at most two.
  const from = Math.max(end - WINDOW_S, Math.min(points[0]?.at ?? end, end - SHORTEST_S));
  const highest = Math.max(10, ...points.flatMap((point) => [point.in, point.out]));
  const step = roundStep((highest * 1.05) / 3);
  const top = Math.ceil((highest * 1.05) / step) * step;
  const x = (at: number) => LEFT + ((at - from) / (end - from)) * (width - LEFT - 2);
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const line = (series: 'in' | 'out') =>
    points.map((point) => `${x(point.at).toFixed(1)} ${y(point[series]).toFixed(1)}`).join('L');
  const out = line('out');
  return (
    <svg class="plot is-fixed" width={width} height={HEIGHT} aria-hidden="true">
      {Array.from({ length: Math.round(top / step) + 1 }, (_, at) => at * step).map((tick) => (
        <g key={tick}>
          <path class="grid" d={`M${LEFT} ${y(tick)}H${width}`} />
          <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
            {Number.isInteger(tick) ? shortCount(tick) : rate(tick)}
          </text>
        </g>
      ))}
      {times(from, end, Math.floor((width - LEFT) / LABEL_WIDTH)).map((at) => (
        <text key={at} x={x(at)} y={HEIGHT - 4} text-anchor="middle">
          {clock(at)}
        </text>
      ))}
      {points.length > 1 && (
        <>
          <path class="area" d={`M${x(points[0]!.at)} ${y(0)}L${out}L${x(end)} ${y(0)}Z`} />
          <path class="curve" d={`M${out}`} />
          {/* Dashed and on top, because both curves usually coincide. */}
          <path class="curve is-in" d={`M${line('in')}`} />
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
  const step = [5, 10, 15, 30, 60].find((seconds) => (to - from) / seconds <= most) ?? 120;
  const first = Math.ceil((from + step / 3) / step) * step;
  return Array.from({ length: most + 1 }, (_, at) => first + at * step).filter((at) => at < to - step / 3);
}

function clock(at: number): string {
  return new Date(at * 1000).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
}

function spoken(points: readonly RatePoint[]): string {
  if (points.length === 0) return 'No rates yet.';
  const out = points.map((point) => point.out);
  return `Over the last ${points.length} s: ${rate(Math.min(...out))} to ${rate(Math.max(...out))} images per second out.`;
}
