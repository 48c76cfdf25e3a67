import type { HttpServices } from '../http/services';
import type { ProcessContext } from './context';

/** Time for running calls at the end, ms. */
const CLOSE_MS = 2_000;

interface GrpcServices {
  readonly services: HttpServices;
  /** Of one of several models. */
  readonly named?: (model: string) => HttpServices | undefined;
}

/** Does nothing without a port. The server is loaded only here: few processes need it. */
export async function serveGrpc(
  { config, log, releasers }: Pick<ProcessContext, 'config' | 'log' | 'releasers'>,
  served: GrpcServices,
): Promise<void> {
  const { port } = config.grpc;
  if (port === undefined) return;
  const { host, token } = config.http;
  const { cert, key } = config.grpc.tls;
  const tls = cert !== undefined && key !== undefined ? { cert, key } : undefined;
  const { startGrpcServer } = await import('../grpc/server.js');
  const server = await startGrpcServer({
    ...{ host, port, log, ...served },
    ...(token && { token }),
    ...(tls && { tls }),
  });
  releasers.add('gRPC server', () => server.close(CLOSE_MS));
  log.info({ host, port: server.port, tls: tls !== undefined }, 'gRPC server listening');
}
