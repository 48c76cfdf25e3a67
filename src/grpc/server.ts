import { join } from 'node:path';
import type * as Grpc from '@grpc/grpc-js';
import { waitAtMost } from '../core/async/timeout';
import { StreamInferError, messageOf } from '../core/errors';
import type { Log } from '../core/ports';
import { MAX_BODY_BYTES } from '../http/body-limit';
import { isBearer } from '../http/security';
import { requireTokenBeyondLoopback } from '../http/server';
import type { HttpServices } from '../http/services';
import { readCredentials, type TlsFiles } from './credentials';
import { createHealth, HEALTH_PROTO } from './health';
import { createMethods, type Method } from './methods';
import { failureOf } from './status';

export interface GrpcServerOptions {
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  /** Required beyond loopback. */
  readonly token?: string;
  /** Not encrypted if absent. */
  readonly tls?: TlsFiles;
  readonly services: HttpServices;
  /** Services of one of several models; absent with one. */
  readonly named?: (model: string) => HttpServices | undefined;
  readonly log: Log;
}

export interface GrpcServer {
  readonly port: number;
  /** Takes no further calls, and waits up to `budgetMs` for running ones. */
  close(budgetMs: number): Promise<void>;
}

const SERVICE = 'inference.GRPCInferenceService';
const LOADING = { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true };
const PROTO = join(__dirname, '../../schema/open-inference.proto');
/** Same as over HTTP. */
const MOST_CALLS = 256;
/** Names and shapes around the bytes of the images. */
const FRAME_BYTES = 64 * 1024;
const OPTIONS: Grpc.ServerOptions = {
  'grpc.max_receive_message_length': MAX_BODY_BYTES + FRAME_BYTES,
  'grpc.max_concurrent_streams': MOST_CALLS,
  // Connections whose client is gone are closed.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

/**
 * Rejects with TOKEN_REQUIRED beyond loopback without a token, with PORT_TAKEN, or with USAGE for an invalid address.
 * For the files of TLS, rejects with FILE_UNREADABLE or CONFIG_INVALID.
 */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  requireTokenBeyondLoopback(options);
  const files = options.tls && (await readCredentials(options.tls));
  const [grpc, loader] = await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);
  // Errors of a connection would otherwise go to the console, in a form of their own.
  grpc.setLogVerbosity(grpc.logVerbosity.NONE);
  const definition = loader.loadSync([PROTO, HEALTH_PROTO], LOADING);
  const server = new grpc.Server(OPTIONS);
  server.addService(definition[SERVICE] as Grpc.ServiceDefinition, createHandlers(grpc, options));
  const health = createHealth(options.services, SERVICE);
  server.addService(definition['grpc.health.v1.Health'] as Grpc.ServiceDefinition, health.handlers);
  const credentials =
    files === undefined
      ? grpc.ServerCredentials.createInsecure()
      : grpc.ServerCredentials.createSsl(null, [{ cert_chain: files.cert, private_key: files.key }]);
  const port = await bind(server, credentials, options);
  return {
    port,
    close: async (budgetMs) => {
      // Their streams would keep the server until the budget is over.
      health.close();
      const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      await waitAtMost(closed, budgetMs);
      server.forceShutdown();
    },
  };
}

/** Of decoded messages: their types follow from the name of the method. */
type Handler = Grpc.handleUnaryCall<unknown, object>;

function createHandlers(
  grpc: typeof Grpc,
  { services, named, token, log }: GrpcServerOptions,
): Record<string, Handler> {
  let running = 0;
  const answer = async (method: Method, { request, metadata }: Grpc.ServerUnaryCall<unknown, object>) => {
    if (method.probe) return await method.answer(request as never);
    assertAllowed(metadata, token);
    if (running >= MOST_CALLS)
      throw new StreamInferError('OVERLOADED', `${MOST_CALLS} calls are in progress, which is the limit`);
    running++;
    try {
      return await method.answer(request as never);
    } finally {
      running--;
    }
  };
  const handle =
    (name: string, method: Method): Handler =>
    (call, callback) => {
      answer(method, call).then(
        (value) => callback(null, value),
        (error: unknown) => {
          const { code, details, errorCode } = failureOf(error);
          if (errorCode === 'INTERNAL') log.error({ err: error, method: name }, 'gRPC call failed');
          const metadata = new grpc.Metadata();
          metadata.set('error-code', errorCode);
          callback({ code, details, metadata });
        },
      );
    };
  const methods = Object.entries(createMethods(services, named));
  return Object.fromEntries(methods.map(([name, method]) => [name, handle(name, method)]));
}

function assertAllowed(metadata: Grpc.Metadata, token: string | undefined): void {
  if (token === undefined || isBearer(metadata.get('authorization')[0]?.toString(), token)) return;
  throw new StreamInferError('UNAUTHORIZED', 'send the token in the metadata: authorization: Bearer …');
}

async function bind(
  server: Grpc.Server,
  credentials: Grpc.ServerCredentials,
  { host, port }: GrpcServerOptions,
): Promise<number> {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return await new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(bindError(error, host, port));
    });
  });
}

function bindError(error: Error, host: string, port: number): StreamInferError {
  const reason = messageOf(error);
  if (!reason.includes('EADDRINUSE'))
    return new StreamInferError(
      'USAGE',
      `cannot listen on ${host}:${port}: ${reason}; see http.host and grpc.port`,
      {
        cause: error,
      },
    );
  return new StreamInferError(
    'PORT_TAKEN',
    `port ${port} on ${host} is in use by another program; set grpc.port to another port, or to 0 for any free one`,
    { cause: error },
  );
}
