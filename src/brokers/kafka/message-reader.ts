import { setTimeout as pause } from 'node:timers/promises';
import { consumeWithin } from './client';
import type { Message, NativeConsumer } from './native';

/** How long one call waits for a first message, ms. It occupies a thread of libuv's pool. */
export const POLL_TIMEOUT = 50;

/**
 * How long a caught-up group member waits for more messages after the first, ms. Messages received together are
 * classified and published together: at 1,000 images/s that halves the CPU time and the slowest latencies.
 */
const GATHER = 1;

/** Takes messages from a native consumer, as many together as are ready. */
export class MessageReader {
  /** The client had no more messages ready at the last call. */
  #caughtUp = true;
  /** An error after a message that was taken. */
  #late: unknown;

  constructor(
    private readonly consumer: NativeConsumer,
    private readonly gathers: boolean,
  ) {}

  /** At most `max` messages; none if none arrived in time. One call at a time. */
  async read(max: number): Promise<Message[]> {
    this.#throwLate();
    if (!this.#caughtUp) {
      const messages = await consumeWithin(this.consumer, max, 0);
      this.#caughtUp = messages.length < max;
      if (messages.length > 0) return messages;
    }
    const first = await consumeWithin(this.consumer, 1, POLL_TIMEOUT);
    if (first.length === 0) return [];
    if (this.gathers) await pause(GATHER);
    return [...first, ...(await this.#takeReady(max - 1))];
  }

  /** Never rejects, since that would lose the messages taken before: the next call reports the error. */
  async #takeReady(max: number): Promise<Message[]> {
    if (max === 0) return [];
    try {
      const messages = await consumeWithin(this.consumer, max, 0);
      this.#caughtUp = messages.length < max;
      return messages;
    } catch (error) {
      this.#late = error;
      return [];
    }
  }

  #throwLate(): void {
    const error = this.#late;
    this.#late = undefined;
    if (error !== undefined) throw error as Error;
  }
}
