import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { DEFAULT_SIZE } from '../../src/core/picture';
import { encodePng } from '../../src/codec/picture-png';
import { Cli } from '../helpers/cli';
import { commandLinesOf } from '../helpers/docs';
import { describeWithPackages, python } from '../helpers/python';
import { readTestImages } from '../helpers/services';

jest.setTimeout(300_000);

const run = promisify(execFile);
const COUNT = 100;
const GUIDE = 'docs/guides/page-and-api.md';

const textOfGuide = (): string => readFileSync(join(__dirname, '../..', GUIDE), 'utf8');

describeWithPackages('requirements-http.txt', ['dataset'], 'clients that are not ours', () => {
  let server: Cli;
  const address = () => new URL(server.url).host;
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-tls-'));

  beforeAll(async () => {
    const guide = commandLinesOf(GUIDE).map(({ text }) => text);
    execFileSync('bash', ['-c', guide.find((line) => line.startsWith('openssl')) ?? 'false'], {
      cwd: folder,
    });
    const tls = guide.find((line) => line.includes('STREAM_INFER_GRPC_TLS_CERT')) ?? '';
    const pairs = [...tls.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value]) => [name, value] as const);
    const env: NodeJS.ProcessEnv = Object.fromEntries(pairs);
    const flags = ['--port', '0', '--no-demo', '--runtime', 'tfjs-wasm', '--workers', '1'];
    server = new Cli(flags, { ...env, STREAM_INFER_GRPC_PORT: '0' }, folder);
    await server.ready(120_000);
  });
  afterAll(async () => {
    expect((await server.stop()).code).toBe(0);
  });

  it('NVIDIA’s client uses the Open Inference Protocol, including binary tensors', async () => {
    const printed = await python('triton_client.py', [address(), String(COUNT)], {}, 'requirements-http.txt');
    const seen = JSON.parse(printed) as Record<string, unknown>;
    expect(seen).toMatchObject({
      live: true,
      ready: true,
      otherReady: false,
      extensions: ['binary_tensor_data', 'classification', 'model_repository'],
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, 28, 28, 1] }],
      id: 'mine',
      shape: [COUNT, 10],
      type: 'float32',
      sameLabels: true,
      firstClass: 'Ankle boot',
      wrongModel: { message: expect.stringContaining('Model "other" does not exist') as string },
      wrongShape: { message: expect.stringContaining('inputs.0.shape: must be [n,28,28,1]') as string },
      many: 5 * COUNT,
    });
    expect(seen['correct']).toBeGreaterThanOrEqual(85);
    expect((seen['best'] as string[])[0]).toMatch(/^[01]\.\d{6}:9:Ankle boot$/);
  });

  it('NVIDIA’s client uses the same protocol over gRPC with TLS, and gRPC’s own reads the health', async () => {
    const port = /"port":(\d+),"tls":true,"msg":"gRPC server listening"/.exec(server.stderr)?.[1];
    const args = [`localhost:${port}`, String(COUNT), join(folder, 'cert.pem')];
    const printed = await python('triton_grpc_client.py', args, {}, 'requirements-http.txt');
    const seen = JSON.parse(printed) as Record<string, unknown>;
    const [, example = ''] = /^```python\n([^]*?)^```$/m.exec(textOfGuide()) ?? [];
    const address = `"localhost:${port}", ssl=True, root_certificates="${join(folder, 'cert.pem')}"`;
    const script = join(folder, 'example.py');
    writeFileSync(script, example.replace('"localhost:9000"', address));
    expect(await python(script, [], {}, 'requirements-http.txt')).toMatch(/^\[\d\]\n$/);
    expect(seen).toMatchObject({
      health: ['SERVING', 'SERVING'],
      plainText: false,
      live: true,
      ready: true,
      otherReady: false,
      server: 'stream-infer',
      inputs: [['image', 'UINT8', [-1, 28, 28, 1]]],
      id: 'mine',
      shape: [COUNT, 10],
      sameLabels: true,
      firstClass: 'Ankle boot',
      wrongModel: { status: 'StatusCode.NOT_FOUND' },
      wrongShape: {
        status: 'StatusCode.INVALID_ARGUMENT',
        message: expect.stringContaining('inputs.0.shape: must be [n,28,28,1]') as string,
      },
    });
    expect(seen['correct']).toBeGreaterThanOrEqual(85);
    expect((seen['best'] as string[])[0]).toMatch(/^[01]\.\d{6}:9:Ankle boot$/);
  });

  it('the client of TensorFlow’s tutorial receives predictions', async () => {
    const printed = await python(
      'serving_client.py',
      [address(), String(COUNT)],
      {},
      'requirements-http.txt',
    );
    const seen = JSON.parse(printed) as { correct: number };
    expect(seen).toMatchObject({ shape: [COUNT, 10], columnsAlike: true });
    expect(seen.correct).toBeGreaterThanOrEqual(85);
  });

  it('curl works as in the documentation of TensorFlow Serving', async () => {
    const model = `${server.url}/v1/models/fashion-mnist`;
    const curl = async (...args: string[]) =>
      JSON.parse((await run('curl', ['-s', ...args])).stdout) as object;
    expect(await curl(model)).toMatchObject({ model_version_status: [{ version: '1', state: 'AVAILABLE' }] });
    expect(await curl(`${model}/metadata`)).toMatchObject({ model_spec: { name: 'fashion-mnist' } });

    const pixels = Uint8Array.from(readTestImages().pixels(0));
    const body = join(tmpdir(), `stream-infer-predict-${process.pid}.json`);
    const instances = [encodePng({ ...DEFAULT_SIZE, pixels }, 4), Buffer.from(pixels)].map((file) => ({
      b64: file.toString('base64'),
    }));
    writeFileSync(body, JSON.stringify({ instances }));
    const { predictions } = (await curl('-d', `@${body}`, '-X', 'POST', `${model}:predict`)) as {
      predictions: number[][];
    };
    expect(predictions.map((row) => row.indexOf(Math.max(...row)))).toEqual([9, 9]);
    expect(await curl('-d', '{"instances": [1.0, 2.0, 5.0]}', '-X', 'POST', `${model}:predict`)).toEqual({
      error: expect.stringContaining('instances.0: must be') as string,
    });
    expect(await curl('-d', '{"instances": [{"b64": "bm8gaW1hZ2U="}]}', `${model}:predict`)).toEqual({
      error: expect.stringContaining('image 0: ') as string,
    });
  });
});
