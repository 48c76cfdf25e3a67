import type { Delivery } from '../core/message';
import type { Broker, MessageSource } from '../core/ports';
import type { Prediction } from '../core/prediction';
import { PREDICTION_READER_LIMITS } from '../setup/prediction-reader';

/** A prediction that was read. */
export interface Reading {
  /** The image's number in the load; NaN if it is none of it. */
  readonly number: number;
  readonly prediction: Prediction;
  /** As it was published. */
  readonly value: Buffer;
  /** Of its message, ms since 1970: when the broker has appended it, where the topic says so. */
  readonly publishedAt: number;
  /** ms on the monotonic clock. */
  readonly readAt: number;
}

const MOST_PER_READ = 5_000;

/** The predictions topic from its beginning, or on Pub/Sub from the moment on at which it was opened. */
export class PredictionFeed {
  #closed = false;

  private constructor(
    private readonly source: MessageSource,
    private readonly signal: AbortSignal,
  ) {}

  static async open(broker: Broker, topic: string, signal: AbortSignal): Promise<PredictionFeed> {
    const source = broker.createSource({ topic, group: null, from: 'earliest', ...PREDICTION_READER_LIMITS });
    try {
      await source.open(signal);
    } catch (error) {
      await source.close();
      throw error;
    }
    return new PredictionFeed(source, signal);
  }

  /**
   * Gives `onReading` what comes until `done`, or until nothing came for `patienceMs` (then false), it is closed or the signal
   * aborts.
   */
  async read(
    onReading: (reading: Reading) => void,
    done: () => boolean,
    patienceMs: () => number,
  ): Promise<boolean> {
    for (let heardAt = performance.now(); !done() && !this.#over;) {
      const deliveries = await this.source.receive(MOST_PER_READ, this.signal);
      const readAt = performance.now();
      for (const delivery of deliveries) onReading(toReading(delivery, readAt));
      if (deliveries.length > 0) heardAt = readAt;
      else if (readAt - heardAt > patienceMs()) return false;
    }
    return done();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.source.close();
  }

  get #over(): boolean {
    return this.#closed || this.signal.aborted;
  }
}

function toReading({ key, value, timestamp }: Delivery, readAt: number): Reading {
  const prediction = JSON.parse(String(value)) as Prediction;
  const number = key === null ? NaN : Number(key.toString());
  return { number, prediction, value: value ?? Buffer.alloc(0), publishedAt: timestamp, readAt };
}
