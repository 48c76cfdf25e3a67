import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { rate, shortCount } from '../format';
import { history, type RatePoint } from '../state';
import { paint, token } from '../theme';

const HEIGHT = 220;

/** Images a second that came in and went out, over two minutes. */
export function RateChart() {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  const points = history.value;
  const colours = paint.value;

  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const made = new uPlot(createOptions(element.clientWidth), toColumns(history.peek()), element);
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [colours]);
  useEffect(() => chart.current?.setData(toColumns(points)), [points]);

  const last = points.at(-1);
  return (
    <figure class="chart">
      <div ref={holder} aria-hidden="true" />
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

function toColumns(points: readonly RatePoint[]): uPlot.AlignedData {
  return [points.map(({ at }) => at), points.map((point) => point.out), points.map((point) => point.in)];
}

function createOptions(width: number): uPlot.Options {
  const axis = {
    stroke: token('muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: token('hairline'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true, range: lastTwoMinutes },
      y: { range: (_chart, _low, high) => [0, Math.max(10, (high || 0) * 1.15)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 80,
        values: (_chart, ticks) => ticks.map(clock),
        size: 24,
        gap: 6,
      },
      {
        ...axis,
        size: 44,
        gap: 4,
        space: 32,
        values: (_chart, ticks) =>
          ticks.map((tick) => (Number.isInteger(tick) ? shortCount(tick) : rate(tick))),
      },
    ],
    series: [
      {},
      { stroke: token('accent'), fill: token('accent-wash'), width: 2, points: { show: false } },
      // Dashed and on top: most of the time both are the same.
      { stroke: token('series-in'), width: 2, dash: [6, 6], points: { show: false } },
    ],
  };
}

/** Two minutes once there are so many, half a minute at least. */
function lastTwoMinutes(_chart: uPlot, from: number, to: number): uPlot.Range.MinMax {
  const end = Number.isFinite(to) ? to : Date.now() / 1000;
  const first = Number.isFinite(from) ? from : end;
  return [Math.max(end - 120, Math.min(first, end - 30)), end];
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
  return `Over the last ${points.length} seconds between ${rate(Math.min(...out))} and ${rate(Math.max(...out))} images a second went out.`;
}
