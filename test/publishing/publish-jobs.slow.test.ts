import { connect } from '../../src/setup/connect';
import { createPublishJobs } from '../../src/publishing/publish-jobs';
import { NO_TRACING } from '../../src/telemetry/tracing/tracing';
import { parseConfig } from '../../src/config/load';
import { headerText } from '../../src/core/message';
import type { Broker } from '../../src/core/ports';
import { until } from '../helpers/cli';
import { createOutcome, SILENT_LOG } from '../helpers/services';

const LIMIT = 16;
const REQUEST = { broker: 'memory', split: 'test', start: 0, end: 3 } as const;
const FOR_EVER = { ...REQUEST, loop: true, rate: 1 };

const config = parseConfig({ broker: 'memory' }).config;
const never = new AbortController().signal;
let broker: Broker;
let jobs: ReturnType<typeof createPublishJobs>;

beforeEach(async () => {
  broker = await connect(config, 'test', SILENT_LOG);
  await broker.createAdmin().createTopics([{ topic: 'images' }, { topic: 'predictions' }]);
  jobs = createPublishJobs({ config, broker, instanceId: 'test', tracing: NO_TRACING, log: SILENT_LOG });
});
afterEach(async () => {
  await jobs.close();
  await broker.close();
});

it('runs no more jobs than its limit, however many are asked for at once', async () => {
  const results = await Promise.allSettled(Array.from({ length: 100 }, () => jobs.start(FOR_EVER)));
  expect(started(results)).toBe(LIMIT);
  expect(codes(results)).toEqual(new Set(['OVERLOADED']));
  expect(jobs.list()).toHaveLength(LIMIT);
});

it('has room again after a job that could not start, was cancelled or is done', async () => {
  for (let i = 0; i <= LIMIT; i++)
    await expect(jobs.start({ ...REQUEST, end: 1_000_000 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  for (let i = 0; i <= 2 * LIMIT; i++) {
    const { id } = await jobs.start(i % 2 === 0 ? FOR_EVER : REQUEST);
    jobs.cancel(id);
    // The last batch may be under way.
    await until(
      async () =>
        jobs.start({ ...REQUEST, end: 0 }).catch(({ code }) => code === 'BAD_REQUEST') as Promise<boolean>,
      5_000,
      () => 'there is no room',
    );
  }
});

it('lets no more requests wait than its limit, with one reader for all of them', async () => {
  const createSource = jest.spyOn(broker, 'createSource');
  const clients = Array.from({ length: 100 }, () => new AbortController());
  const waits = Promise.allSettled(clients.map(({ signal }) => jobs.publishAndWait(REQUEST, signal)));
  await until(
    async () => (await published()) === LIMIT * 3,
    5_000,
    () => 'not all are published',
  );
  await expect(jobs.start(REQUEST)).rejects.toMatchObject({ code: 'OVERLOADED' });
  for (const client of clients) client.abort();
  const results = await waits;
  expect([started(results), codes(results)]).toEqual([0, new Set(['OVERLOADED', 'TIMEOUT'])]);
  expect(results.filter((result) => String(codeOf(result)) === 'TIMEOUT')).toHaveLength(LIMIT);
  expect(createSource.mock.calls.filter(([{ topic }]) => topic === 'predictions')).toHaveLength(1);
  await until(
    async () => (await jobs.start(REQUEST)).state === 'running',
    5_000,
    () => 'there is no room again',
  );
});

it('gives each request that waits its own predictions, in order', async () => {
  const answering = answer();
  const [first, second] = await Promise.all([
    jobs.publishAndWait({ ...REQUEST, start: 5, end: 25 }, never),
    jobs.publishAndWait({ ...REQUEST, start: 10, end: 15 }, never),
  ]);
  expect(first.map(({ truth }) => truth)).toHaveLength(20);
  expect(second.map(({ id }) => id.split(' ')[1])).toEqual(
    first.slice(5, 10).map(({ id }) => id.split(' ')[1]),
  );
  expect(new Set([...first, ...second].map(({ id }) => id.split(' ')[0])).size).toBe(2);
  await jobs.close();
  await answering.stop();
});

it('rejects waiting requests when the process stops', async () => {
  const wait = jobs.publishAndWait(REQUEST, never);
  const told = expect(wait).rejects.toMatchObject({ code: 'NOT_READY' });
  await until(
    async () => (await published()) === 3,
    5_000,
    () => 'nothing is published',
  );
  await jobs.close();
  await told;
  await expect(jobs.start(REQUEST)).rejects.toMatchObject({ code: 'NOT_READY' });
});

/** Messages in the input topic. */
async function published(): Promise<number> {
  const source = broker.createSource({
    topic: 'images',
    group: null,
    from: 'earliest',
    maxInFlight: 1,
    maxInFlightBytes: 1,
  });
  await source.open(never);
  const lag = await source.lag();
  await source.close();
  return lag.reduce((sum, { messages }) => sum + messages, 0);
}

/** Publishes a prediction for each image, as the pipeline would; its id is the job and the index of the image. */
function answer(): { stop(): Promise<void> } {
  const stop = new AbortController();
  const work = (async () => {
    const limits = { maxInFlight: 1000, maxInFlightBytes: 1e6 };
    const source = broker.createSource({ topic: 'images', group: null, from: 'earliest', ...limits });
    const sink = broker.createSink();
    await source.open(stop.signal);
    await sink.open(stop.signal);
    while (!stop.signal.aborted) {
      for (const { headers } of await source.receive(100, stop.signal)) {
        const id = `${headerText(headers, 'publish-job')} ${headerText(headers, 'index')}`;
        const value = Buffer.from(JSON.stringify(createOutcome({ id, truth: 1 }).prediction));
        await sink.publish('predictions', [{ key: null, value, headers }]);
      }
    }
    await source.close();
    await sink.close();
  })();
  return {
    stop: async () => {
      stop.abort();
      await work;
    },
  };
}

function started(results: readonly PromiseSettledResult<unknown>[]): number {
  return results.filter(({ status }) => status === 'fulfilled').length;
}

function codes(results: readonly PromiseSettledResult<unknown>[]): Set<unknown> {
  return new Set(results.filter(({ status }) => status === 'rejected').map(codeOf));
}

function codeOf(result: PromiseSettledResult<unknown>): unknown {
  return result.status === 'rejected' ? (result.reason as { code: string }).code : undefined;
}
