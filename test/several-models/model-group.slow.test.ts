import { createMemoryBroker } from '../../src/brokers/memory/broker';
import { parseConfig } from '../../src/config/load';
import type { ConfigInput } from '../../src/config/schema';
import { headerText, type Header } from '../../src/core/message';
import type { Outcome } from '../../src/core/prediction';
import { ModelGroup } from '../../src/several-models/model-group';
import { silentContext } from '../helpers/broker-context';
import { until } from '../helpers/cli';
import { silentLog } from '../helpers/log';
import { ModelServer } from '../helpers/model-server';

jest.setTimeout(60_000);

/** More than may be in flight. */
const SLOW_IMAGES = 600;
const FAST_IMAGES = 300;

describe('two models on one topic', () => {
  const servers = [new ModelServer(), new ModelServer()] as const;
  const broker = createMemoryBroker(
    { partitions: 1, retention: 5_000, redeliverAfterMs: 60_000 },
    silentContext(),
  );
  const outcomes: Outcome[] = [];
  let group: ModelGroup;
  let running: Promise<void>;

  const of = (model: string) =>
    outcomes.filter((one) => one.kind === 'prediction' && one.model.name === model).length;

  async function publish(count: number, model?: string): Promise<void> {
    const headers: Header[] = model === undefined ? [] : [['model', model]];
    const sink = broker.createSink();
    await sink.open(AbortSignal.timeout(5_000));
    const message = { key: null, value: Buffer.from([1, 0, 0, 0]), headers };
    await sink.publish('images', Array<typeof message>(count).fill(message));
    await sink.close();
  }

  beforeAll(async () => {
    const [fast, slow] = await Promise.all(servers.map((server) => server.start()));
    slow!.delayMs = 2_000;
    const settings: ConfigInput = {
      inference: { maxInFlight: 64, workers: 2 },
      demo: { enabled: false },
      http: { port: 0 },
      models: {
        serve: [
          { name: 'fast', model: `${fast!.url}/v2/models/fast` },
          { name: 'slow', model: `${slow!.url}/v2/models/slow` },
        ],
      },
    };
    const { config, served = [] } = parseConfig(settings);
    group = new ModelGroup({
      ...{ config, served, broker, settings: [], version: 'test', instanceId: 'test', log: silentLog },
      signal: new AbortController().signal,
      observers: [{ onOutcomes: (some) => void outcomes.push(...some) }],
    });
    await group.start();
    running = group.run();
  });
  afterAll(async () => {
    await group.close();
    await running.catch(() => undefined);
    await broker.close();
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('do not wait for each other, and unknown names become dead letters', async () => {
    await publish(SLOW_IMAGES, 'slow');
    await publish(1, 'hats');
    await publish(FAST_IMAGES);
    await publish(FAST_IMAGES, 'fast');
    await until(
      () => of('fast') === 2 * FAST_IMAGES,
      20_000,
      () => `${of('fast')} of fast, ${of('slow')} of slow`,
    );
    expect(of('slow')).toBeLessThan(SLOW_IMAGES);
    const refused = outcomes.filter((one) => one.kind === 'dead letter');
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ rejection: { code: 'MODEL_UNKNOWN', stage: 'admission' } });
    expect(headerText(refused[0]?.delivery.headers ?? [], 'model')).toBe('hats');
  });

  it('answer by name over HTTP, and loses none of the slow images', async () => {
    const image = { method: 'POST', body: Buffer.from([2, 0, 0, 0]) };
    const answer = await fetch(`${group.url}/api/v1/models/fast/classify`, image);
    expect(await answer.json()).toMatchObject({ label: 2, model: { name: 'fast' } });
    servers[1].delayMs = 0;
    await until(
      () => of('slow') === SLOW_IMAGES,
      20_000,
      () => `${of('slow')} of slow`,
    );
    expect(of('fast')).toBe(2 * FAST_IMAGES);
  });

  it('ends when an operator drains one of them', async () => {
    const body = JSON.stringify({ by: 'test' });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${group.url}/api/v1/models/slow/steering/drain`, { method: 'POST', body, headers });
    await running;
    expect(await group.drain(AbortSignal.timeout(5_000))).toMatchObject({ left: 0 });
  });
});
