import { LOAD_WINDOWS, type LoadWindow } from '../../core/load-history';
import type { StatsFrame } from '../../http/schemas/stats';
import { milliseconds, rate } from '../format';
import { route, setQuery } from '../route';
import { history, readHistory, type LoadPoint } from '../state';
import { useAnswer } from '../use-answer';
import { LatencyTable } from './latency-table';
import { TimeChart } from './time-chart';

const SECONDS: Readonly<Record<LoadWindow, number>> = { '5m': 300, '1h': 3_600, '24h': 86_400 };
const NAMES: Readonly<Record<LoadWindow, string>> = { '5m': '5 min', '1h': '1 h', '24h': '24 h' };
/** Between two requests for a window that the page does not follow itself, ms. */
const AGAIN_MS = 10_000;

/** Rates and latencies of the last 5 minutes, which the page follows, or of a longer window from the server. */
export function LoadCharts({ latency }: { latency: StatsFrame['latency'] }) {
  const window = windowOf(route.value.query.window);
  const { data } = useAnswer(
    async () => (window === '5m' ? null : await readHistory(window)),
    window,
    window === '5m' ? undefined : AGAIN_MS,
  );
  const points = window === '5m' ? history.value : (data ?? []);
  const last = points.at(-1);
  const shared = { points, window: SECONDS[window] };
  return (
    <>
      <section class="card" aria-labelledby="rate-title">
        <div class="card-head">
          <h2 id="rate-title">Images per second</h2>
          <WindowSwitch chosen={window} />
        </div>
        <figure class="chart">
          <TimeChart {...shared} curves={['out', 'in']} least={10} height={170} />
          <figcaption class="legend">
            <span>
              <i class="swatch is-in" /> in <b>{rate(last?.in ?? 0)}</b>/s
            </span>
            <span>
              <i class="swatch is-out" /> out <b>{rate(last?.out ?? 0)}</b>/s
            </span>
            <span class="hidden">{spoken(points, window)}</span>
          </figcaption>
        </figure>
      </section>
      <section class="card" aria-labelledby="latency-title">
        <h2 id="latency-title">Latency, ms</h2>
        <figure class="chart">
          <TimeChart {...shared} curves={['p99', 'p50']} least={1} height={110} />
          <figcaption class="legend">
            <span>
              <i class="swatch is-in" /> p50 <b>{milliseconds(last?.p50 ?? 0)}</b>
            </span>
            <span>
              <i class="swatch is-out" /> p99 <b>{milliseconds(last?.p99 ?? 0)}</b>
            </span>
          </figcaption>
        </figure>
        <LatencyTable latency={latency} />
      </section>
    </>
  );
}

function WindowSwitch({ chosen }: { chosen: LoadWindow }) {
  return (
    <fieldset class="segments is-small">
      <legend class="hidden">Time shown</legend>
      {LOAD_WINDOWS.map((window) => (
        <label key={window}>
          <input
            type="radio"
            name="window"
            checked={chosen === window}
            onChange={() => setQuery({ window: window === '5m' ? undefined : window }, { step: true })}
          />
          <span>{NAMES[window]}</span>
        </label>
      ))}
    </fieldset>
  );
}

function windowOf(text: string | undefined): LoadWindow {
  return LOAD_WINDOWS.find((window) => window === text) ?? '5m';
}

function spoken(points: readonly LoadPoint[], window: LoadWindow): string {
  if (points.length === 0) return 'No rates yet.';
  const out = points.map((point) => point.out);
  const most = Math.max(...points.map((point) => point.p99));
  return `Over the last ${NAMES[window]}: ${rate(Math.min(...out))} to ${rate(Math.max(...out))} images per second out, p99 up to ${milliseconds(most)}.`;
}
