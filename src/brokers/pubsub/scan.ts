import { StreamInferError } from '../../core/errors';
import type { Delivery } from '../../core/message';
import type { Log } from '../../core/ports';
import type { ScanOptions, TopicScan } from '../../core/topic-scan';
import { plainAcknowledger } from './acknowledger';
import { ONE_TRY, type PubsubConnection } from './connection';
import { GRPC, grpcCodeOf, toPubsubError } from './errors';
import { PubsubSource } from './source';

/** Deliveries handed out at once. */
const CHUNK = 500;
/** Pub/Sub does not say when there is no more: it is the end when nothing came for so long, ms. */
const END = { beforeTheFirst: 5_000, afterOne: 2_000 };
/** How much later than here it may be at Pub/Sub, ms: what was there must be found. */
const CLOCK_TOLERANCE = 5_000;
/** What is leased at most; the rest waits for the next scan. */
const LIMITS = { maxInFlight: 100_000, maxInFlightBytes: 256 * 1024 * 1024 };

/**
 * Leases the messages of a subscription, each once: those that are not settled go back when the scan is closed. The
 * subscription itself is the memory, since a settled message is acknowledged and gone.
 */
export class PubsubScan implements TopicScan {
  readonly #source: PubsubSource;
  readonly #seen = new Set<string>();
  #silentSince = performance.now();
  /** By this machine's clock, while messages have the time of Pub/Sub's, which itself names no end of what is there. */
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
    if (this.options.range !== undefined)
      throw new StreamInferError(
        'USAGE',
        'Pub/Sub has no offsets: no part of a topic can be read by itself.',
      );
    await this.#assertThere();
    this.#openedAt = Date.now();
    await this.#source.open(signal);
    this.#silentSince = performance.now();
  }

  async next(signal: AbortSignal): Promise<readonly Delivery[]> {
    while (!signal.aborted && !this.#isOver()) {
      const deliveries = await this.#source.receive(CHUNK, signal);
      const found = deliveries.filter((delivery) => this.#wasThere(delivery));
      // One whose lease ran out comes again.
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
    // Whatever was done meanwhile, the stream was not asked.
    this.#silentSince = performance.now();
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  /** What is published meanwhile must not keep a scan from its end: its own reader may be who causes it. */
  #wasThere({ timestamp }: Delivery): boolean {
    return timestamp <= this.#openedAt + CLOCK_TOLERANCE;
  }

  #isOver(): boolean {
    const limit = this.#seen.size === 0 ? END.beforeTheFirst : END.afterOne;
    return performance.now() - this.#silentSince > limit;
  }

  /** The source would wait for its subscription to be made. */
  async #assertThere(): Promise<void> {
    const { subscription } = this.options;
    try {
      const client = await this.connection.client();
      await client.subscription(subscription).getMetadata(ONE_TRY);
    } catch (error) {
      // Who may read a subscription may not always look at it.
      if (grpcCodeOf(error) === GRPC.PERMISSION_DENIED) return;
      throw toPubsubError(error, `The subscription ${subscription}`, 'SOURCE_LOST');
    }
  }
}
