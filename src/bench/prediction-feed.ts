import { decodePrediction } from '../codec/decode-prediction';
import type { Delivery } from '../core/message';
import type { Broker, MessageSource } from '../core/ports';
import type { Prediction } from '../core/prediction';
import { PREDICTION_READER_LIMITS } from '../setup/prediction-reader';

/** A valid prediction from the topic. */
export interface Reading {
  /** The image's number in the load; NaN for other messages. */
  readonly number: number;
  readonly prediction: Prediction;
  /** The published bytes. */
  readonly value: Buffer;
  /** Message timestamp, ms since 1970; the append time if the topic is configured so. */
  readonly publishedAt: number;
  /** On the monotonic clock, ms. */
  readonly readAt: number;
}

const MAX_PER_READ = 5_000;

/** Reads the predictions topic from its beginning, or on Pub/Sub from the time it was opened. */
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
   * Passes predictions to `onReading` until `done`, the feed is closed or the signal aborts. Resolves with
   * false if none arrived for `patienceMs`.
   */
  async read(
    onReading: (reading: Reading) => void,
    done: () => boolean,
    patienceMs: () => number,
  ): Promise<boolean> {
    for (let lastReadAt = performance.now(); !done() && !this.#over;) {
      const deliveries = await this.source.receive(MAX_PER_READ, this.signal);
      const readAt = performance.now();
      for (const reading of deliveries.flatMap((delivery) => toReading(delivery, readAt))) onReading(reading);
      if (deliveries.length > 0) lastReadAt = readAt;
      else if (readAt - lastReadAt > patienceMs()) return false;
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

/** Empty for an invalid prediction, so that its image counts as lost. */
function toReading({ key, value, timestamp }: Delivery, readAt: number): Reading[] {
  const decoded = decodePrediction(value);
  if ('problem' in decoded || value === null) return [];
  const number = key === null ? NaN : Number(key.toString());
  return [{ number, prediction: decoded.value, value, publishedAt: timestamp, readAt }];
}
