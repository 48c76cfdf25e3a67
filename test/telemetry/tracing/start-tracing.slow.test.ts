import { startTracing } from '../../../src/telemetry/tracing/start-tracing';
import { NO_TRACING, type Tracing } from '../../../src/telemetry/tracing/tracing';
import type { MessageSink } from '../../../src/core/ports';
import { until } from '../../helpers/cli';
import { Collector } from '../../helpers/collector';
import { SILENT_LOG } from '../../helpers/services';

const TIMEOUT = 30_000;
jest.setTimeout(2 * TIMEOUT);

const SINK: MessageSink = {
  open: async () => undefined,
  publish: async () => [],
  status: () => ({ state: 'up' }),
  flush: async () => undefined,
  close: async () => undefined,
};
const before = { ...process.env };
let warnings: object[] = [];
let collector: Collector;

beforeEach(async () => {
  warnings = [];
  collector = await Collector.start();
});
afterEach(async () => {
  process.env = { ...before };
  await collector.close();
});

async function start(env: NodeJS.ProcessEnv): Promise<Tracing> {
  // OpenTelemetry reads the process's own.
  Object.assign(process.env, env);
  const log = { ...SILENT_LOG, warn: (fields: object) => void warnings.push(fields) };
  return await startTracing({ version: '1.2.3', instanceId: 'host-1', log, env: process.env });
}

async function publishOnce(tracing: Tracing): Promise<void> {
  await tracing
    .publisher(SINK, 'kafka')
    .publish('images', [{ key: null, value: Buffer.from('x'), headers: [] }]);
}

it('does nothing at all without its variables', async () => {
  const tracing = await start({});
  expect(tracing).toBe(NO_TRACING);
  expect(tracing.publisher(SINK, 'kafka')).toBe(SINK);
});

it('logs why it is off when its settings are not supported', async () => {
  expect(await start({ ...collector.env, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toBe(NO_TRACING);
  expect(warnings).toEqual([{ reason: expect.stringMatching(/is grpc/) as string }]);
});

it('sends the remaining spans when it is closed, as the process in its variables', async () => {
  const tracing = await start({
    ...collector.env,
    OTEL_BSP_SCHEDULE_DELAY: '600000',
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=secret',
  });
  await publishOnce(tracing);
  expect(collector.requests).toEqual([]);
  await tracing.close();
  expect(collector.named('send images')[0]?.resource).toMatchObject({
    'service.name': 'shop',
    'service.version': '1.2.3',
    'service.instance.id': 'host-1',
    'deployment.environment.name': 'test',
  });
  expect(collector.requests[0]?.headers['x-key']).toBe('secret');
});

it('sends protobuf unless JSON is asked for', async () => {
  const { OTEL_EXPORTER_OTLP_PROTOCOL: _json, ...env } = collector.env;
  const tracing = await start(env);
  await publishOnce(tracing);
  await tracing.close();
  const [request] = collector.requests;
  expect(request?.contentType).toBe('application/x-protobuf');
  expect(request?.body.includes('send images')).toBe(true);
});

it('leaves spans out that a sampler leaves out', async () => {
  const tracing = await start({ ...collector.env, OTEL_TRACES_SAMPLER: 'always_off' });
  await publishOnce(tracing);
  await tracing.close();
  expect(collector.requests).toEqual([]);
});

it('continues and ends while the collector refuses or is away, and logs that once', async () => {
  collector.status = 400;
  const tracing = await start(collector.env);
  for (let batch = 1; batch <= 3; batch++) {
    await publishOnce(tracing);
    await until(
      () => collector.requests.length >= batch,
      TIMEOUT,
      () => 'no request',
    );
  }
  await until(
    () => warnings.length > 0,
    TIMEOUT,
    () => 'no warning',
  );
  await collector.close();
  await publishOnce(tracing);
  await tracing.close();
  expect(warnings).toHaveLength(1);
});
