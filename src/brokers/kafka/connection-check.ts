import { messageOf } from '../../core/errors';
import type { Log } from '../../core/ports';
import { hungCallOf } from './calls';
import { askLeaders } from './client';
import type { NativeProducer } from './native';

/**
 * Tries the connections of a producer. An idle one may have died unnoticed. The client closes it when a request has no
 * answer, and opens another one. Otherwise the next message would find out, after the whole time-out of its request.
 */
export class ConnectionCheck {
  #running: Promise<unknown> | undefined;

  constructor(
    private readonly producer: NativeProducer,
    private readonly log: Log,
  ) {}

  /** Does nothing while a check is running. */
  start(topics: Iterable<string>): void {
    if (this.#running !== undefined || hungCallOf(this.producer) !== undefined) return;
    const asking = Promise.all([...topics].map((topic) => askLeaders(this.producer, topic)));
    this.#running = asking
      .catch((error: unknown) => this.log.debug({ error: messageOf(error) }, 'a producer has no answer'))
      .finally(() => (this.#running = undefined));
  }

  /** A disconnect during a call crashes the add-on. Takes a few seconds at most. */
  async finished(): Promise<void> {
    await this.#running;
  }
}
