import { setTimeout as sleep } from 'node:timers/promises';

import type { SourcePause } from '../../core/ports';
import type { Inbox } from './inbox';
import type { SubscriptionStream } from './stream';

/** Between the end of the stream and the return of its messages, ms. */
const SETTLE_DOWN = 100;
/** How long received messages can still be acknowledged after a pause began, ms; then they are redelivered. */
const PAUSE_TIME = 30_000;

/** @param maxLeased messages leased at a time; undefined for the limit of the source */
export type OpenStream = (maxLeased: number | undefined) => SubscriptionStream;

/** The streaming pull of a source. While it is paused, no messages are leased: other readers receive them. */
export class Leases implements SourcePause {
  #open: OpenStream | undefined;
  #stream: SubscriptionStream | undefined;
  #maxLeased: number | undefined;
  #paused = false;
  #stopped = false;
  #suspended = false;
  /** Resolves when the waiting messages of the former stream were returned. */
  #returned: Promise<void> = Promise.resolve();
  /** Resolves when all messages of the former stream were acknowledged or returned. */
  #ended: Promise<void> = Promise.resolve();

  constructor(private readonly inbox: Inbox) {}

  /** Opens a stream, at once or when the pause ends. */
  start(open: OpenStream): void {
    this.#open = open;
    this.#continue();
  }

  /** The stream has ended by itself; `start` opens the next one. */
  lost(): void {
    this.#open = undefined;
    this.#stream = undefined;
  }

  pause(): void {
    this.#paused = true;
    this.#halt();
  }

  resume(): void {
    this.#paused = false;
    void this.#returned.then(() => {
      // Stragglers of the former stream: their leases are not extended any more.
      if (this.#stream === undefined && !this.#paused) this.inbox.returnWaiting();
      this.#continue();
    });
  }

  /** Runs `work` while nothing is leased and every acknowledgement has arrived. */
  async suspended<T>(work: () => Promise<T>): Promise<T> {
    this.#suspended = true;
    try {
      this.#halt();
      await Promise.all([this.#returned, this.#ended]);
      return await work();
    } finally {
      this.#suspended = false;
      this.#continue();
    }
  }

  /** Replaces the stream, since the limit is sent to Pub/Sub when it begins. */
  limitLeases(maxLeased: number): void {
    if (maxLeased === this.#maxLeased) return;
    this.#maxLeased = maxLeased;
    if (this.#paused) return;
    this.#halt();
    this.resume();
  }

  /** Stops receiving; received messages may be acked for at most `withinMs` more. */
  stop(withinMs: number): void {
    this.#stopped = true;
    this.#stream?.stop(withinMs);
  }

  /** Stops receiving and returns all messages. Resolves when the broker was notified, within some seconds. */
  async close(): Promise<void> {
    this.#stopped = true;
    const ended = this.#stream?.close();
    // A nack while the broker still knows the stream is redelivered to that stream and lost until its lease expires.
    // Also, the client's first lease extension must not arrive after the nack.
    if (!this.inbox.empty) await sleep(SETTLE_DOWN);
    this.inbox.close();
    await Promise.all([ended, this.#ended]);
  }

  #continue(): void {
    if (this.#paused || this.#suspended || this.#stopped || this.#stream !== undefined) return;
    this.#stream = this.#open?.(this.#maxLeased);
  }

  #halt(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#stream = undefined;
    stream.stop(PAUSE_TIME);
    this.#ended = stream.close().catch(() => undefined);
    this.#returned = sleep(SETTLE_DOWN).then(() => this.inbox.returnWaiting());
  }
}
