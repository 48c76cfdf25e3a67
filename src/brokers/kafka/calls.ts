import { StreamInferError } from '../../core/errors';
import type { LibrdKafkaError } from './native';

/** How long past its own time-out a call may take, ms, before it is given up. */
const GRACE = 3_000;
/** After a blocked event loop a result may be there and not be delivered yet; it gets so long, ms. */
const LAST_CHANCE = 500;

type Done<T> = (error: LibrdKafkaError | null | undefined, value: T) => void;

/** Clients with a call that never came back. It may still run, and a disconnect beside it crashes the process. */
const hung = new WeakMap<object, Promise<unknown>>();

/**
 * A call of the add-on as a promise with a bound: librdkafka keeps its time-outs nearly always, and a stream must not stand
 * still for the rest.
 *
 * @param clients those that the call uses
 * @param timeout the call's own, ms
 * @throws (rejects with) librdkafka's error, or BROKER_UNREACHABLE when nothing came back
 */
export function boundedCall<T>(
  clients: readonly object[],
  name: string,
  timeout: number,
  start: (done: Done<T>) => void,
): Promise<T> {
  const call = new Promise<T>((resolve, reject) =>
    start((error, value) => {
      if (error) reject(asError(error));
      else resolve(value);
    }),
  );
  return new Promise<T>((resolve, reject) => {
    const giveUp = (): void => {
      for (const client of clients) hung.set(client, call);
      reject(neverCameBack(name, timeout + GRACE));
    };
    let timer = setTimeout(() => (timer = setTimeout(giveUp, LAST_CHANCE)), timeout + GRACE);
    call.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function neverCameBack(name: string, ms: number): StreamInferError {
  const seconds = Math.round(ms / 1_000);
  return new StreamInferError(
    'BROKER_UNREACHABLE',
    `Kafka's client did not come back from ${name} within ${seconds} s.`,
  );
}

/** The call that this client never came back from, undefined if there is none. It never rejects. */
export function hungCallOf(client: object): Promise<void> | undefined {
  return hung.get(client)?.then(
    () => undefined,
    () => undefined,
  );
}

/** librdkafka's errors are errors of another realm under jest, and typed as a plain interface. */
export function asError(error: LibrdKafkaError): Error {
  return error as unknown as Error;
}
