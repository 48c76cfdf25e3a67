import { LoadMeter } from '../../src/telemetry/load-meter';

const NOW = { workers: 2, perImageMs: 1, utilization: 0.5, blocked: null };
const lag = (...messages: number[]) =>
  messages.map((count, partition) => ({ topic: 'images', partition, messages: count }));

describe('the load meter', () => {
  it('knows no rate before it has looked for some seconds', () => {
    const meter = new LoadMeter();
    meter.add({ at: 0, outcomes: 0, lag: lag(0) });
    meter.add({ at: 2_000, outcomes: 100, lag: lag(0) });
    expect(meter.read(NOW)).toMatchObject({ arrivalRate: null, outcomeRate: 0, capacity: 2000 });
  });

  it('counts as arrived what was done and what the lag has grown by', () => {
    const meter = new LoadMeter();
    meter.add({ at: 0, outcomes: 0, lag: lag(0, 0) });
    meter.add({ at: 10_000, outcomes: 1_000, lag: lag(300, 200) });
    expect(meter.read(NOW)).toMatchObject({
      arrivalRate: 150,
      outcomeRate: 100,
      lag: 500,
      partitions: 2,
      utilization: 0.5,
      blocked: null,
    });
  });

  it('forgets what is older than a minute', () => {
    const meter = new LoadMeter();
    for (let second = 0; second <= 120; second++)
      meter.add({ at: second * 1000, outcomes: second < 60 ? 0 : (second - 60) * 50, lag: lag(0) });
    expect(meter.read(NOW).outcomeRate).toBe(50);
  });

  it('restarts with other partitions, whose lag is not an arrival', () => {
    const meter = new LoadMeter();
    meter.add({ at: 0, outcomes: 0, lag: lag(0) });
    meter.add({ at: 10_000, outcomes: 100, lag: lag(0, 90_000) });
    meter.add({ at: 20_000, outcomes: 200, lag: lag(0, 90_000) });
    expect(meter.read(NOW).arrivalRate).toBe(10);
  });

  it('takes what is done for all that can be done while messages wait all the time', () => {
    const meter = new LoadMeter();
    meter.add({ at: 0, outcomes: 0, lag: lag(50_000) });
    meter.add({ at: 10_000, outcomes: 4_000, lag: lag(70_000) });
    expect(meter.read(NOW)).toMatchObject({ capacity: 400, arrivalRate: 2400 });
  });

  it('is unknown where the broker does not report its lag', () => {
    const meter = new LoadMeter();
    meter.add({ at: 0, outcomes: 0, lag: [] });
    meter.add({ at: 10_000, outcomes: 1_000, lag: [] });
    expect(meter.read(NOW)).toMatchObject({
      arrivalRate: null,
      outcomeRate: 100,
      lag: null,
      partitions: null,
      capacity: 2000,
    });
  });
});
