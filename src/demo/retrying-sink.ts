import { Backoff } from '../core/async/backoff';
import { isOutage, messageOf } from '../core/errors';
import type { OutgoingMessage } from '../core/message';
import type { Log, MessageSink, RefusedMessage } from '../core/ports';

/**
 * Retries until the broker confirms, so that an outage only interrupts a demo. Retries may publish duplicates.
 * Outages are already in the log.
 */
export class RetryingSink implements Pick<MessageSink, 'publish'> {
  #warned = false;

  /** @param signal ends the retries; `publish` then resolves as if all messages were confirmed */
  constructor(
    private readonly sink: Pick<MessageSink, 'publish'>,
    private readonly log: Log,
    private readonly signal: AbortSignal,
  ) {}

  async publish(topic: string, messages: readonly OutgoingMessage[]): Promise<readonly RefusedMessage[]> {
    const backoff = new Backoff(200, 5_000);
    while (!this.signal.aborted) {
      try {
        const refused = await this.sink.publish(topic, messages);
        this.#recovered();
        return refused;
      } catch (error) {
        this.#failed(error);
        await backoff.wait(this.signal);
      }
    }
    return [];
  }

  #failed(error: unknown): void {
    if (this.#warned || this.signal.aborted || isOutage(error)) return;
    this.log.warn({ error: messageOf(error) }, 'demo publisher interrupted; retrying');
    this.#warned = true;
  }

  #recovered(): void {
    if (this.#warned) this.log.info({}, 'demo publisher resumed');
    this.#warned = false;
  }
}
