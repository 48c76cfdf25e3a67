import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { StreamInferError } from '../../src/core/errors';
import { startGrpcServer, type GrpcServer } from '../../src/grpc/server';
import { silentLog } from '../helpers/log';
import { createFakeServices, type FakeServices } from '../helpers/services';

const MODEL = 'fashion-mnist';
const PIXELS = 784;

interface Answer {
  readonly error: grpc.ServiceError | null;
  readonly value: Record<string, unknown>;
}

let services: FakeServices;
let server: GrpcServer;
let client: grpc.Client & Record<string, (...args: unknown[]) => void>;

async function start(token?: string): Promise<void> {
  services = createFakeServices();
  const options = { host: '127.0.0.1', port: 0, services, log: silentLog };
  server = await startGrpcServer({ ...options, ...(token && { token }) });
  const file = join(__dirname, '../../schema/open-inference.proto');
  const loaded = grpc.loadPackageDefinition(
    loadSync(file, { keepCase: true, longs: Number, defaults: true }),
  );
  const { GRPCInferenceService: Client } = loaded['inference'] as unknown as {
    GRPCInferenceService: new (...args: unknown[]) => typeof client;
  };
  client = new Client(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure());
}

function call(method: string, request: object = {}, metadata = new grpc.Metadata()): Promise<Answer> {
  return new Promise((resolve) =>
    client[method]?.(request, metadata, (error: grpc.ServiceError | null, value: Answer['value']) =>
      resolve({ error, value }),
    ),
  );
}

const infer = (request: object) => call('ModelInfer', { model_name: MODEL, ...request });
const input = (count: number, rest: object = {}) => ({
  name: 'image',
  datatype: 'UINT8',
  shape: [count, PIXELS],
  ...rest,
});

afterEach(async () => {
  client.close();
  await server.close(1_000);
});

describe('the Open Inference Protocol over gRPC', () => {
  beforeEach(() => start());

  it('answers probes and describes server and model', async () => {
    expect((await call('ServerLive')).value).toEqual({ live: true });
    expect((await call('ServerReady')).value).toEqual({ ready: true });
    expect((await call('ModelReady', { name: MODEL })).value).toEqual({ ready: true });
    expect((await call('ModelReady', { name: 'other' })).value).toEqual({ ready: false });
    expect((await call('ServerMetadata')).value).toMatchObject({ name: 'stream-infer' });
    const { value } = await call('ModelMetadata', { name: MODEL, version: '1' });
    expect(value).toMatchObject({
      name: MODEL,
      versions: ['1'],
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, 28, 28, 1] }],
    });
  });

  it('classifies raw bytes and typed contents, and answers with raw tensors', async () => {
    const raw = { inputs: [input(2)], raw_input_contents: [Buffer.alloc(2 * PIXELS)], id: 'mine' };
    const typed = {
      inputs: [input(2, { contents: { uint_contents: Array(2 * PIXELS).fill(0) } })],
      id: 'mine',
    };
    for (const request of [raw, typed]) {
      const { error, value } = await infer(request);
      expect(error).toBeNull();
      expect(value).toMatchObject({
        model_name: MODEL,
        model_version: '1',
        id: 'mine',
        outputs: [
          { name: 'probabilities', datatype: 'FP32', shape: [2, 10] },
          { name: 'label', datatype: 'INT64', shape: [2] },
        ],
      });
      const [scores, labels] = value['raw_output_contents'] as Buffer[];
      expect(scores).toHaveLength(2 * 10 * 4);
      expect([labels?.readBigInt64LE(0), labels?.readBigInt64LE(8)]).toEqual([9n, 9n]);
    }
  });

  it('returns the best classes on request', async () => {
    const outputs = [{ name: 'probabilities', parameters: { classification: { int64_param: 2 } } }];
    const { value } = await infer({
      inputs: [input(1)],
      outputs,
      raw_input_contents: [Buffer.alloc(PIXELS)],
    });
    expect(value['outputs']).toMatchObject([{ datatype: 'BYTES', shape: [1, 2] }]);
    expect(String((value['raw_output_contents'] as Buffer[])[0])).toContain('0.870000:9:Ankle boot');
  });

  it.each<[string, object, number, RegExp]>([
    ['another model', { model_name: 'other' }, grpc.status.NOT_FOUND, /Model "other" does not exist/],
    ['another version', { model_version: '7' }, grpc.status.NOT_FOUND, /Version "7"/],
    ['no input', {}, grpc.status.INVALID_ARGUMENT, /raw_input_contents: must be present/],
    [
      'two tensors',
      { raw_input_contents: [Buffer.alloc(1), Buffer.alloc(1)] },
      grpc.status.INVALID_ARGUMENT,
      /got 2/,
    ],
    [
      'too few bytes',
      { inputs: [input(1)], raw_input_contents: [Buffer.alloc(3)] },
      grpc.status.INVALID_ARGUMENT,
      /raw_input_contents: must be 784 bytes for this shape \(got 3 bytes\)/,
    ],
    [
      'a wrong shape',
      { inputs: [input(1, { shape: [1, 5] })], raw_input_contents: [Buffer.alloc(5)] },
      grpc.status.INVALID_ARGUMENT,
      /inputs\.0\.shape: must be/,
    ],
    [
      'a shape beyond all numbers',
      {
        inputs: [input(1, { shape: ['9223372036854775807', PIXELS] })],
        raw_input_contents: [Buffer.alloc(5)],
      },
      grpc.status.INVALID_ARGUMENT,
      /inputs\.0\.shape|images/,
    ],
  ])('refuses %s', async (_, request, code, details) => {
    const { error } = await infer(request);
    expect(error).toMatchObject({ code, details: expect.stringMatching(details) as string });
  });

  it('refuses a message above the limit without reading it', async () => {
    const { error } = await infer({
      inputs: [input(1)],
      raw_input_contents: [Buffer.alloc(17 * 1024 * 1024)],
    });
    expect(error?.code).toBe(grpc.status.RESOURCE_EXHAUSTED);
  });

  it('maps an overload to RESOURCE_EXHAUSTED, and hides what is unexpected', async () => {
    const request = { inputs: [input(1)], raw_input_contents: [Buffer.alloc(PIXELS)] };
    services.failNext = new StreamInferError('OVERLOADED', 'the interactive lane is full');
    const { error } = await infer(request);
    expect(error?.code).toBe(grpc.status.RESOURCE_EXHAUSTED);
    expect(error?.metadata.get('error-code')).toEqual(['OVERLOADED']);
    services.failNext = new Error('secret');
    expect((await infer(request)).error).toMatchObject({
      code: grpc.status.INTERNAL,
      details: 'internal error; see the log',
    });
  });

  it('names a port that is taken', async () => {
    const again = startGrpcServer({ host: '127.0.0.1', port: server.port, services, log: silentLog });
    await expect(again).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  });
});

describe('with a token', () => {
  beforeEach(() => start('secret-token'));

  it('is required for everything but the probes', async () => {
    expect((await call('ServerLive')).value).toEqual({ live: true });
    expect((await call('ServerMetadata')).error?.code).toBe(grpc.status.UNAUTHENTICATED);
    const wrong = new grpc.Metadata();
    wrong.set('authorization', 'Bearer other');
    expect((await call('ServerMetadata', {}, wrong)).error?.code).toBe(grpc.status.UNAUTHENTICATED);
  });

  it('is taken from the metadata', async () => {
    const metadata = new grpc.Metadata();
    metadata.set('authorization', 'Bearer secret-token');
    expect((await call('ServerMetadata', {}, metadata)).value).toMatchObject({ name: 'stream-infer' });
  });
});
