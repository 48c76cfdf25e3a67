import { StreamInferError } from '../../core/errors';
import type { LibrdKafkaError } from './native';

/** Extra time for a call after its own time-out, ms. */
const GRACE = 3_000;
/** After a blocked event loop a result may be ready but undelivered; it gets this much longer, ms. */
const LAST_CHANCE = 500;

type Done<T> = (error: LibrdKafkaError | null | undefined, value: T) => void;

/** Clients with a hung call. It may still run, and a concurrent disconnect crashes the process. */
const hung = new WeakMap<object, Promise<unknown>>();

/**
 * Wraps a call of the add-on in a promise with a bound. librdkafka nearly always keeps its time-outs; the stream must
 * not hang in the other cases.
 *
 * @param clients the clients that the call uses
 * @param timeout the call's own time-out, ms
 * @throws (rejects with) librdkafka's error, or BROKER_UNREACHABLE without a result
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
    `Kafka's client did not return from ${name} within ${seconds} s`,
  );
}

/** The hung call of this client, undefined if there is none. It never rejects. */
export function hungCallOf(client: object): Promise<void> | undefined {
  return hung.get(client)?.then(
    () => undefined,
    () => undefined,
  );
}

/** Under jest, librdkafka's errors come from another realm; they are typed as a plain interface. */
export function asError(error: LibrdKafkaError): Error {
  return error as unknown as Error;
}
