import { setTimeout as sleep } from 'node:timers/promises';
import { Deferred } from '../core/async/deferred';
import { StreamInferError, messageOf } from '../core/errors';
import type { Delivery } from '../core/message';
import type { ConnectionStatus, Log, MessageSource, PartitionLag } from '../core/ports';
import type { TopicScan } from '../core/topic-scan';

/** Settled messages are recorded in batches, because each write takes a few milliseconds of the main thread. */
const SETTLE_AT = 2_000;
/** Pause at the end of the scan, so that polling does not block the event loop, ms. */
const PAUSE_AT_END_MS = 20;

/** A scan as a source with an end. A crash redelivers up to 2,000 settled messages. */
export class ScanSource implements MessageSource {
  readonly #done = new Deferred();
  #found: Delivery[] = [];
  #ended = false;
  #handedOut = 0;
  #settled = 0;
  #unwritten: Delivery[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(
    /** Already open. */
    private readonly scan: TopicScan,
    private readonly log: Log,
  ) {}

  /** Resolves when the scan has ended and all its messages are settled. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  async open(): Promise<void> {
    await Promise.resolve();
  }

  async receive(max: number, signal: AbortSignal): Promise<Delivery[]> {
    if (this.#found.length === 0 && !this.#ended) await this.#next(signal);
    if (this.#found.length === 0) await sleep(PAUSE_AT_END_MS);
    const deliveries = this.#found.splice(0, max);
    this.#handedOut += deliveries.length;
    return deliveries;
  }

  settle(deliveries: readonly Delivery[]): void {
    this.#settled += deliveries.length;
    this.#unwritten.push(...deliveries);
    if (this.#unwritten.length >= SETTLE_AT) void this.#write().catch((error: unknown) => this.#warn(error));
    this.#finishIfDone();
  }

  isCurrent(): boolean {
    return true;
  }

  async lag(): Promise<readonly PartitionLag[]> {
    return await Promise.resolve([]);
  }

  status(): ConnectionStatus {
    return { state: 'up' };
  }

  /** Records the settled messages; rejects if the result is unknown. */
  async close(): Promise<void> {
    await this.#write();
  }

  async #next(signal: AbortSignal): Promise<void> {
    const found = await this.scan.next(signal);
    this.#found.push(...found);
    if (found.length > 0 || signal.aborted) return;
    this.#ended = true;
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#ended && this.#found.length === 0 && this.#settled === this.#handedOut) this.#done.resolve();
  }

  /** One write at a time; the next one retries a failed one. */
  #write(): Promise<void> {
    const write = async (): Promise<void> => {
      const deliveries = this.#unwritten;
      this.#unwritten = [];
      try {
        await this.scan.settle(deliveries);
      } catch (error) {
        this.#unwritten.unshift(...deliveries);
        throw StreamInferError.from(error, 'SOURCE_LOST');
      }
    };
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }

  #warn(error: unknown): void {
    this.log.warn({ error: messageOf(error) }, 'cannot record replayed messages; retrying');
  }
}
