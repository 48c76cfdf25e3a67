import { withTimeout } from '../core/async/timeout';
import { untilAborted } from '../core/async/until-aborted';
import { StreamInferError, messageOf } from '../core/errors';
import { headerText, type Delivery } from '../core/message';
import { describeDelivery, type Message } from './message';
import type { Deserializer } from './serialization';

/** A message for a handler, without its attempt. */
export type DescribedMessage<T> = Omit<Message<T>, 'attempt' | 'signal'>;

export interface DeserializeOptions<T> {
  readonly deserialize: Deserializer<T>;
  readonly timeoutMs: number;
  /** Aborts when the consumer stops waiting. */
  readonly abandoned: AbortSignal;
}

/** Never rejects; DESERIALIZE_FAILED is a result, and null means that the consumer stopped waiting. */
export async function deserializeDelivery<T>(
  delivery: Delivery,
  options: DeserializeOptions<T>,
): Promise<DescribedMessage<T> | StreamInferError | null> {
  const { headers, origin } = delivery;
  const facts = {
    topic: origin.topic,
    header: (name: string) => headerText(headers, name.toLowerCase()),
  };
  try {
    const value = options.deserialize(delivery.value ?? Buffer.alloc(0), facts);
    return describeDelivery(delivery, isPromise(value) ? await inTime(value, options) : value);
  } catch (thrown) {
    if (options.abandoned.aborted) return null;
    const what = `the deserializer failed at ${delivery.sourceId}: ${messageOf(thrown)}`;
    return new StreamInferError('DESERIALIZE_FAILED', what, { cause: thrown });
  }
}

/** A hanging deserializer would block its permit and `close` forever. */
async function inTime<T>(
  value: PromiseLike<T>,
  { timeoutMs, abandoned }: Omit<DeserializeOptions<T>, 'deserialize'>,
): Promise<T> {
  const late = (): StreamInferError =>
    new StreamInferError('TIMEOUT', `it did not finish within ${timeoutMs} ms`);
  // In this order, the timer ends with the waiting and does not keep a closed program alive.
  const waiting = untilAborted(Promise.resolve(value), abandoned);
  return await withTimeout(waiting, timeoutMs, late);
}

export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
}
