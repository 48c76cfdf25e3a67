import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { startGrpcServer, type GrpcServer } from '../../src/grpc/server';
import { silentLog } from '../helpers/log';
import { createFakeServices, type FakeServices } from '../helpers/services';

/** A busy machine opens 64 streams slowly. */
jest.setTimeout(30_000);

interface Health extends grpc.Client {
  Check(
    request: object,
    callback: (error: grpc.ServiceError | null, answer?: { status: string }) => void,
  ): void;
  Watch(request: object): grpc.ClientReadableStream<{ status: string }>;
}

let services: FakeServices;
let server: GrpcServer;
let client: Health;
let ready: boolean;

beforeEach(async () => {
  ready = true;
  services = createFakeServices();
  services.canClassify = () => ready;
  // Probes have no token.
  const options = { host: '127.0.0.1', port: 0, token: 'secret-token', services, log: silentLog };
  server = await startGrpcServer(options);
  const file = join(__dirname, '../../schema/grpc-health.proto');
  const loaded = grpc.loadPackageDefinition(loadSync(file, { enums: String, defaults: true }));
  const { health } = loaded['grpc'] as unknown as {
    health: { v1: { Health: new (...args: unknown[]) => Health } };
  };
  client = new health.v1.Health(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure());
});
afterEach(async () => {
  client.close();
  await server.close(1_000);
});

function check(service: string): Promise<string> {
  return new Promise((resolve) =>
    client.Check({ service }, (error, answer) =>
      resolve(error === null ? (answer?.status ?? '') : grpc.status[error.code]),
    ),
  );
}

/** The statuses of a stream, and how it ended. */
function watch(service: string): { readonly seen: string[]; readonly ended: Promise<string> } {
  const stream = client.Watch({ service });
  const seen: string[] = [];
  stream.on('data', ({ status }: { status: string }) => seen.push(status));
  const ended = new Promise<string>((resolve) => {
    stream.on('error', (error: grpc.ServiceError) => resolve(grpc.status[error.code]));
    stream.on('end', () => resolve('end'));
  });
  return { seen, ended };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('the health over gRPC', () => {
  it('is serving while images can be classified', async () => {
    expect(await check('')).toBe('SERVING');
    expect(await check('inference.GRPCInferenceService')).toBe('SERVING');
    ready = false;
    expect(await check('')).toBe('NOT_SERVING');
    expect(await check('another.Service')).toBe('NOT_FOUND');
  });

  it('is watched: each change is reported, and the stop of the server', async () => {
    const { seen, ended } = watch('');
    const other = watch('another.Service');
    await until(() => seen.length === 1 && other.seen.length === 1);
    ready = false;
    await until(() => seen.length === 2);
    ready = true;
    await until(() => seen.length === 3);
    await server.close(1_000);
    expect(await ended).toBe('end');
    expect(seen).toEqual(['SERVING', 'NOT_SERVING', 'SERVING', 'NOT_SERVING']);
    expect(other.seen[0]).toBe('SERVICE_UNKNOWN');
  });

  it('is watched by a limited number of callers, and room is free again after one', async () => {
    const streams = Array.from({ length: 64 }, () => client.Watch({ service: '' }));
    for (const stream of streams) stream.on('error', () => undefined).resume();
    await Promise.all(streams.map((stream) => new Promise((resolve) => stream.once('data', resolve))));
    expect(await watch('').ended).toBe('RESOURCE_EXHAUSTED');
    for (const stream of streams) stream.cancel();
    for (let isFree = false; !isFree;) {
      const again = watch('');
      await Promise.race([until(() => again.seen.length > 0), again.ended]);
      isFree = again.seen.length > 0;
    }
  });
});
