import { setTimeout as sleep } from 'node:timers/promises';
import { waitAtMost } from '../../core/async/timeout';
import { isOutage, messageOf } from '../../core/errors';
import type { Disagreement } from '../../core/model-version';
import type { Log, MessageSink } from '../../core/ports';

/** Disagreements queued for the broker; further ones are dropped and counted. */
const MAX_WAITING = 1_000;
const RETRY_MS = 1_000;

export interface PublisherOptions {
  /** The sink is opened with the first disagreement. */
  readonly createSink: () => MessageSink;
  readonly topic: string;
  readonly log: Log;
}

/** Publishes disagreements of a shadow, best-effort: the stream never waits for it, and the queue is bounded. */
export class DisagreementPublisher {
  readonly #abort = new AbortController();
  #waiting: Disagreement[] = [];
  #sink: MessageSink | null = null;
  #working: Promise<void> | null = null;
  #dropped = 0;

  constructor(private readonly options: PublisherOptions) {}

  /** Disagreements that were not published because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  offer(disagreements: readonly Disagreement[]): void {
    const room = Math.max(0, MAX_WAITING - this.#waiting.length);
    this.#waiting.push(...disagreements.slice(0, room));
    this.#dropped += Math.max(0, disagreements.length - room);
    if (this.#abort.signal.aborted) return;
    this.#working ??= this.#work().finally(() => (this.#working = null));
  }

  /** Waits up to `graceMs` for the queue, then drops the rest. */
  async close(graceMs: number): Promise<void> {
    if (this.#working) await waitAtMost(this.#working, graceMs);
    this.#abort.abort();
    await this.#working;
    await this.#sink?.close();
  }

  async #work(): Promise<void> {
    const { signal } = this.#abort;
    while (this.#waiting.length > 0 && !signal.aborted) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#publish(batch);
      } catch (error) {
        if (signal.aborted) return;
        if (!isOutage(error))
          this.options.log.warn({ error: messageOf(error) }, 'cannot publish disagreements; retrying');
        this.#waiting = [...batch, ...this.#waiting];
        await sleep(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  async #publish(batch: readonly Disagreement[]): Promise<void> {
    const sink = (this.#sink ??= await this.#open());
    const messages = batch.map((disagreement) => ({
      key: disagreement.source.key ?? disagreement.id,
      value: Buffer.from(JSON.stringify(disagreement)),
      headers: [['content-type', 'application/json']] as const,
    }));
    await sink.publish(this.options.topic, messages);
  }

  async #open(): Promise<MessageSink> {
    const sink = this.options.createSink();
    try {
      await sink.open(this.#abort.signal);
      return sink;
    } catch (error) {
      await sink.close();
      throw error;
    }
  }
}
