import { setTimeout as sleep } from 'node:timers/promises';
import { waitAtMost } from '../../core/async/timeout';
import { messageOf } from '../../core/errors';
import type { Disagreement } from '../../core/model-version';
import type { Log, MessageSink } from '../../core/ports';

/** Disagreements that wait for the broker; what comes on top is only counted. */
const MAX_WAITING = 1_000;
const RETRY_MS = 1_000;

export interface SideTopicOptions {
  /** Opened when there is something to publish. */
  readonly createSink: () => MessageSink;
  readonly topic: string;
  readonly log: Log;
}

/** Publishes disagreements beside the stream, which never waits for it: bounded, and given up with the process. */
export class SideTopic {
  readonly #abandon = new AbortController();
  #waiting: Disagreement[] = [];
  #sink: MessageSink | null = null;
  #working: Promise<void> | null = null;
  #shed = 0;

  constructor(private readonly options: SideTopicOptions) {}

  /** Disagreements that were not published because too many waited. */
  get shed(): number {
    return this.#shed;
  }

  offer(disagreements: readonly Disagreement[]): void {
    const room = Math.max(0, MAX_WAITING - this.#waiting.length);
    this.#waiting.push(...disagreements.slice(0, room));
    this.#shed += Math.max(0, disagreements.length - room);
    if (this.#abandon.signal.aborted) return;
    this.#working ??= this.#work().finally(() => (this.#working = null));
  }

  /** What waits is given a moment, and then up. */
  async close(graceMs: number): Promise<void> {
    if (this.#working) await waitAtMost(this.#working, graceMs);
    this.#abandon.abort();
    await this.#working;
    await this.#sink?.close();
  }

  async #work(): Promise<void> {
    const { signal } = this.#abandon;
    while (this.#waiting.length > 0 && !signal.aborted) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#publish(batch);
      } catch (error) {
        if (signal.aborted) return;
        this.options.log.warn({ error: messageOf(error) }, 'disagreements are not published; trying again');
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
      await sink.open(this.#abandon.signal);
      return sink;
    } catch (error) {
      await sink.close();
      throw error;
    }
  }
}
