import { LoadHistory } from '../../src/telemetry/load-history';

const START = 1_700_000_000_000;
const LATENCY = { p50: 5, p99: 20 };

function recorded(seconds: number, perSecond = 100): LoadHistory {
  const history = new LoadHistory();
  for (let at = 0; at <= seconds; at++) {
    const latency = at % 60 === 30 ? { p50: 7, p99: 90 } : LATENCY;
    history.add(START + at * 1000, { outcomes: at * perSecond, inFlight: at, latency });
  }
  return history;
}

it('is empty until there are two samples', () => {
  const history = recorded(0);
  expect(history.points('5m')).toEqual([]);
});

it('has rates per second: arrivals are the outcomes and the growth in flight', () => {
  expect(recorded(2).points('5m')).toEqual([
    { at: START + 1000, in: 101, out: 100, ...LATENCY },
    { at: START + 2000, in: 101, out: 100, ...LATENCY },
  ]);
});

it('merges the seconds of a step: mean rates, highest latencies', () => {
  const points = recorded(120).points('1h');
  expect(points.length).toBeGreaterThanOrEqual(12);
  expect(points.length).toBeLessThanOrEqual(13);
  expect(new Set(points.map(({ out }) => out))).toEqual(new Set([100]));
  expect(points.filter(({ p99 }) => p99 === 90)).toHaveLength(2);
});

it('is bounded, with the latest point last', () => {
  const history = recorded(90_000);
  for (const [window, most] of [
    ['5m', 300],
    ['1h', 360],
    ['24h', 1440],
  ] as const) {
    const points = history.points(window);
    expect(points).toHaveLength(most);
    const times = points.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBe(START + 90_000_000);
  }
});

it('continues after the clock was set back', () => {
  const history = recorded(2);
  history.add(START - 60_000, { outcomes: 900, inFlight: 0, latency: LATENCY });
  history.add(START - 59_000, { outcomes: 950, inFlight: 0, latency: LATENCY });
  expect(history.points('5m').at(-1)).toMatchObject({ out: 50 });
});
