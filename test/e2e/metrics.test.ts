import { Cli, until } from '../helpers/cli';
import { linesOf } from '../helpers/metrics';

jest.setTimeout(300_000);

interface ScaleHint {
  readonly replicas: number;
  readonly load: number | null;
  readonly basis: { readonly capacity: number | null; readonly arrivalRate: number | null };
}

describe('a running process', () => {
  let server: Cli;

  beforeAll(async () => {
    const link = 'tcp://10.0.0.1:8080';
    // What Kubernetes sets for a service called stream-infer-http must not be taken for a setting.
    server = new Cli(['--port', '0', '--rate', '40', '--runtime', 'tfjs-wasm', '--workers', '1'], {
      STREAM_INFER_PORT: link,
      STREAM_INFER_HTTP_PORT: link,
      STREAM_INFER_HTTP_SERVICE_HOST: '10.0.0.1',
      STREAM_INFER_HTTP_PORT_8080_TCP: link,
    });
    await server.ready(120_000);
  });
  afterAll(async () => {
    expect((await server.stop()).code).toBe(0);
  });

  const metrics = async () => await (await fetch(`${server.url}/metrics`)).text();
  const valueOf = (text: string, name: string) =>
    linesOf(text, name).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

  it('counts and times consumed and predicted messages', async () => {
    await until(
      async () => valueOf(await metrics(), 'stream_infer_predictions_total') >= 50,
      60_000,
      () => server.stderr,
    );
    const text = await metrics();
    const predictions = valueOf(text, 'stream_infer_predictions_total');
    expect(valueOf(text, 'stream_infer_messages_consumed_total')).toBeGreaterThanOrEqual(predictions);
    expect(valueOf(text, 'stream_infer_queue_duration_seconds_count')).toBe(predictions);
    expect(valueOf(text, 'stream_infer_end_to_end_latency_seconds_count')).toBe(predictions);
    expect(valueOf(text, 'stream_infer_batch_size_sum')).toBe(predictions);
    expect(valueOf(text, 'stream_infer_inference_duration_seconds_sum')).toBeGreaterThan(0);
    expect(valueOf(text, 'stream_infer_ready')).toBe(1);
    expect(linesOf(text, 'stream_infer_consumer_lag')).toHaveLength(4);
    expect(linesOf(text, 'stream_infer_model_info')[0]).toContain('runtime="tfjs-wasm"');
  });

  it('reports after some seconds that one process is enough', async () => {
    const hint = async () => await server.json<ScaleHint>('/api/v1/scale-hint');
    await until(
      async () => (await hint()).load !== null,
      60_000,
      () => server.stderr,
    );
    const { replicas, basis } = await hint();
    expect(replicas).toBe(1);
    expect(basis.capacity).toBeGreaterThan(40);
    expect(basis.arrivalRate).toBeGreaterThan(10);
  });

  it('reports ignored environment variables', () => {
    expect(server.stderr).toContain('STREAM_INFER_HTTP_PORT');
    expect(server.stderr).toContain('enableServiceLinks');
  });
});
