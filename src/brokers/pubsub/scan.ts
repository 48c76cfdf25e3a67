import type { Delivery } from '../../core/message';
import type { Log } from '../../core/ports';
import type { ScanOptions, TopicScan } from '../../core/topic-scan';
import { plainAcknowledger } from './acknowledger';
import { ONE_TRY, type PubsubConnection } from './connection';
import { GRPC, grpcCodeOf, toPubsubError } from './errors';
import { PubsubSource } from './source';

/** Deliveries per call. */
const CHUNK = 500;
/** Pub/Sub reports no end: a scan ends when nothing arrived for this time, ms. */
const END = { beforeTheFirst: 5_000, afterOne: 2_000 };
/** Largest difference between the clocks here and at Pub/Sub, ms: no earlier message may be missed. */
const CLOCK_TOLERANCE = 5_000;
/** Largest number of leased messages; further ones are left for the next scan. */
const LIMITS = { maxInFlight: 100_000, maxInFlightBytes: 256 * 1024 * 1024 };

/**
 * Leases the messages of a subscription, each once: unsettled ones are returned when the scan is closed. The
 * subscription itself is the memory, since a settled message is acknowledged and removed.
 */
export class PubsubScan implements TopicScan {
  readonly #source: PubsubSource;
  readonly #seen = new Set<string>();
  #silentSince = performance.now();
  /** By this machine's clock, while messages have Pub/Sub's time; Pub/Sub reports no end of a topic. */
  #openedAt = Infinity;

  constructor(
    private readonly options: ScanOptions,
    private readonly connection: PubsubConnection,
    log: Log,
  ) {
    const { topic, subscription } = options;
    this.#source = new PubsubSource(
      { topic, group: 'scan', subscription, from: 'earliest', ...LIMITS },
      connection,
      log,
      plainAcknowledger,
    );
  }

  /** Pub/Sub has neither partitions nor offsets. */
  readonly bounds = [];

  async open(signal: AbortSignal): Promise<void> {
    await this.#assertThere();
    this.#openedAt = Date.now();
    await this.#source.open(signal);
    this.#silentSince = performance.now();
  }

  async next(signal: AbortSignal): Promise<readonly Delivery[]> {
    while (!signal.aborted && !this.#isOver()) {
      const deliveries = await this.#source.receive(CHUNK, signal);
      const found = deliveries.filter((delivery) => this.#wasThere(delivery));
      // A message whose lease expired is redelivered.
      const fresh = found.filter(({ sourceId }) => !this.#seen.has(sourceId));
      for (const { sourceId } of fresh) this.#seen.add(sourceId);
      if (found.length > 0) this.#silentSince = performance.now();
      if (fresh.length > 0) return fresh;
    }
    return [];
  }

  /** The client acknowledges within milliseconds; `close` waits for it. */
  async settle(deliveries: readonly Delivery[]): Promise<void> {
    this.#source.settle(deliveries);
    // The time since then does not count, since the stream was not read.
    this.#silentSince = performance.now();
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  /** Later messages must not delay the end of a scan: its own reader may publish them. */
  #wasThere({ timestamp }: Delivery): boolean {
    return timestamp <= this.#openedAt + CLOCK_TOLERANCE;
  }

  #isOver(): boolean {
    const limit = this.#seen.size === 0 ? END.beforeTheFirst : END.afterOne;
    return performance.now() - this.#silentSince > limit;
  }

  /** The source would wait until its subscription exists. */
  async #assertThere(): Promise<void> {
    const { subscription } = this.options;
    try {
      const client = await this.connection.client();
      await client.subscription(subscription).getMetadata(ONE_TRY);
    } catch (error) {
      // Permission to read a subscription does not include its description.
      if (grpcCodeOf(error) === GRPC.PERMISSION_DENIED) return;
      throw toPubsubError(error, `the subscription ${subscription}`, 'SOURCE_LOST');
    }
  }
}
