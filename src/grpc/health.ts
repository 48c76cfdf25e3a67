import { join } from 'node:path';
import type * as Grpc from '@grpc/grpc-js';
import type { HttpServices } from '../http/services';
import { GRPC_STATUS } from './status';

export const HEALTH_PROTO = join(__dirname, '../../schema/grpc-health.proto');

type Status = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';
interface Request {
  readonly service: string;
}
interface Answer {
  readonly status: Status;
}
type Watch = Grpc.ServerWritableStream<Request, Answer>;

/** Open streams at a time. */
const MOST_WATCHES = 64;
/** Between two looks at the status, ms. */
const LOOK_MS = 500;

export interface HealthService {
  readonly handlers: {
    Check: Grpc.handleUnaryCall<Request, Answer>;
    Watch: Grpc.handleServerStreamingCall<Request, Answer>;
  };
  /** Ends the streams. */
  close(): void;
}

/**
 * `grpc.health.v1.Health`: the server and the inference service are serving while images can be classified. It needs no
 * token, as probes have none.
 *
 * @param inference full name of the inference service
 */
export function createHealth(services: HttpServices, inference: string): HealthService {
  const watches = new Map<Watch, Status>();
  let timer: NodeJS.Timeout | undefined;

  const statusOf = (service: string): Status => {
    if (service !== '' && service !== inference) return 'SERVICE_UNKNOWN';
    return services.canClassify() ? 'SERVING' : 'NOT_SERVING';
  };
  const look = (): void => {
    for (const [watch, last] of watches) {
      const status = statusOf(watch.request.service);
      if (status === last) continue;
      watches.set(watch, status);
      watch.write({ status });
    }
  };
  const forget = (watch: Watch): void => {
    watches.delete(watch);
    if (watches.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  return {
    handlers: {
      Check: ({ request }, callback) => {
        const status = statusOf(request.service);
        if (status !== 'SERVICE_UNKNOWN') callback(null, { status });
        else
          callback({
            code: GRPC_STATUS.NOT_FOUND,
            details: `the service ${JSON.stringify(request.service)} is unknown; ask for "" or ${inference}`,
          });
      },
      Watch: (watch) => {
        if (watches.size >= MOST_WATCHES)
          return void watch.emit('error', {
            code: GRPC_STATUS.RESOURCE_EXHAUSTED,
            details: `${MOST_WATCHES} callers watch the health, which is the limit`,
          });
        const status = statusOf(watch.request.service);
        watches.set(watch, status);
        for (const end of ['cancelled', 'close', 'error'] as const) watch.on(end, () => forget(watch));
        watch.write({ status });
        timer ??= setInterval(look, LOOK_MS).unref();
      },
    },
    close: () => {
      for (const watch of [...watches.keys()]) {
        if (watches.get(watch) !== 'NOT_SERVING') watch.write({ status: 'NOT_SERVING' });
        forget(watch);
        watch.end();
      }
    },
  };
}
