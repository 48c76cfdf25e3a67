import { setTimeout as sleep } from 'node:timers/promises';
import { Deferred } from '../core/async/deferred';
import { StreamInferError, messageOf } from '../core/errors';
import type { Delivery } from '../core/message';
import type { ConnectionStatus, Log, MessageSource, PartitionLag } from '../core/ports';
import type { TopicScan } from '../core/topic-scan';

/** The memory is written when so many are settled, and at the end: each time takes some milliseconds of the main thread. */
const SETTLE_AT = 2_000;
/** At the end there is nothing to find, and who asks again must not take the whole event loop, ms. */
const PAUSE_AT_END_MS = 20;

/** A scan as the pipeline's source: it has an end. After a crash up to 2,000 settled deliveries come again. */
export class ScanSource implements MessageSource {
  readonly #done = new Deferred();
  #found: Delivery[] = [];
  #ended = false;
  #handedOut = 0;
  #settled = 0;
  #unwritten: Delivery[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(
    /** Open. */
    private readonly scan: TopicScan,
    private readonly log: Log,
  ) {}

  /** Resolves when the scan has ended and everything that it found is settled. */
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
    if (this.#unwritten.length >= SETTLE_AT) void this.#write().catch((error: unknown) => this.#tell(error));
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

  /** Writes what was settled into the scan's memory; rejects when it is not known whether that worked. */
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

  /** One at a time; what could not be written is tried again with the next. */
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

  #tell(error: unknown): void {
    this.log.warn({ error: messageOf(error) }, 'what was replayed is not remembered yet; trying again');
  }
}
