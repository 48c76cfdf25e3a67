import { randomBytes } from 'node:crypto';
import { atMost } from '../../core/async/timeout';
import { messageOf } from '../../core/errors';
import type { Delivery } from '../../core/message';
import type { Log } from '../../core/ports';
import type { ScanRange } from '../../core/scan-range';
import type { ScanOptions, TopicScan } from '../../core/topic-scan';
import { plainAcknowledger } from './acknowledger';
import type { PubsubConnection } from './connection';
import { deleteReplaySubscription, openReplaySubscription } from './replay-subscription';
import { PubsubSource } from './source';

/** Deliveries per call. */
const CHUNK = 500;
/** Pub/Sub reports no end, and a seek takes effect gradually: silence for this time ends the scan, ms. */
const END = { beforeTheFirst: 15_000, afterOne: 5_000 };
/** Largest difference between the clocks here and at Pub/Sub, ms: no earlier message may be missed. */
const CLOCK_TOLERANCE = 5_000;
/** Largest number of leased messages. */
const LIMITS = { maxInFlight: 10_000, maxInFlightBytes: 256 * 1024 * 1024 };
/** Time to delete the subscription, ms; Pub/Sub deletes it after a day. */
const DELETE_MS = 5_000;

/** Reads a part of a topic through a subscription of its own, which is deleted at the end. It has no memory. */
export class PubsubRangeScan implements TopicScan {
  readonly #name = `stream-infer-replay-${randomBytes(6).toString('hex')}`;
  readonly #range: ScanRange;
  readonly #source: PubsubSource;
  readonly #seen = new Set<string>();
  #isOpen = false;
  /** End of the range, not included, ms since 1970. */
  #until = Infinity;

  constructor(
    private readonly options: ScanOptions & { readonly range: ScanRange },
    private readonly connection: PubsubConnection,
    private readonly log: Log,
  ) {
    const { topic, range } = options;
    this.#range = range;
    this.#source = new PubsubSource(
      { topic, group: 'scan', subscription: this.#name, from: 'earliest', ...LIMITS },
      connection,
      log,
      plainAcknowledger,
    );
  }

  /** Pub/Sub has neither partitions nor offsets. */
  readonly bounds = [];

  async open(signal: AbortSignal): Promise<void> {
    const { topic } = this.options;
    const range = this.#range;
    this.#until = range.to.at === 'time' ? range.to.ms : Date.now() + CLOCK_TOLERANCE;
    await openReplaySubscription(this.connection, { topic, name: this.#name, range });
    this.#isOpen = true;
    await this.#source.open(signal);
  }

  async next(signal: AbortSignal): Promise<readonly Delivery[]> {
    // Only the time in here counts: before the first call, the reader may load its model for long.
    let silentSince = performance.now();
    while (!signal.aborted && !this.#isOver(silentSince)) {
      const deliveries = await this.#source.receive(CHUNK, signal);
      const found = deliveries.filter((delivery) => this.#isWithin(delivery));
      // Nobody else reads this subscription, and these would take the room of others.
      if (found.length < deliveries.length)
        this.#source.settle(deliveries.filter((delivery) => !this.#isWithin(delivery)));
      // A message whose lease expired is redelivered.
      const fresh = found.filter(({ sourceId }) => !this.#seen.has(sourceId));
      for (const { sourceId } of fresh) this.#seen.add(sourceId);
      if (found.length > 0) silentSince = performance.now();
      if (fresh.length > 0) return fresh;
    }
    return [];
  }

  /** The client acknowledges within milliseconds; `close` waits for it. */
  async settle(deliveries: readonly Delivery[]): Promise<void> {
    this.#source.settle(deliveries);
  }

  async close(): Promise<void> {
    await this.#source.close();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await atMost(DELETE_MS, this.#delete());
  }

  async #delete(): Promise<void> {
    await deleteReplaySubscription(this.connection, this.#name).catch((error: unknown) =>
      this.log.warn(
        { subscription: this.#name, error: messageOf(error) },
        'cannot delete the subscription of a replay; Pub/Sub deletes it after a day',
      ),
    );
  }

  #isWithin({ timestamp }: Delivery): boolean {
    const { from } = this.#range;
    return timestamp < this.#until && (from.at !== 'time' || timestamp >= from.ms);
  }

  #isOver(silentSince: number): boolean {
    const limit = this.#seen.size === 0 ? END.beforeTheFirst : END.afterOne;
    return performance.now() - silentSince > limit;
  }
}
