import type { Timing } from '../core/prediction';
import { LatencyWindow } from './latency-window';
import type { Stats } from './view';

const ROTATE_MS = 30_000;
/** Most predictions sampled per call of `add`; each represents its share of the others. */
const SAMPLES = 8;

/** Latency quantiles and the mean batch size over the last 30 to 60 seconds. */
export class Timings {
  private readonly queue = new LatencyWindow();
  private readonly inference = new LatencyWindow();
  private readonly publish = new LatencyWindow();
  private readonly total = new LatencyWindow();
  private batches = { current: emptyBatches(), previous: emptyBatches() };
  private rotatedAt: number;

  constructor(now: number) {
    this.rotatedAt = now;
  }

  /** `now` in ms of the monotonic clock. */
  add(predictions: readonly Timing[], publishMs: number, now: number): void {
    if (predictions.length === 0) return;
    this.rotate(now);
    this.publish.record(publishMs, predictions.length);
    const step = Math.max(1, Math.floor(predictions.length / SAMPLES));
    for (let at = 0; at < predictions.length; at += step) {
      this.sample(predictions[at]!, publishMs, Math.min(step, predictions.length - at));
    }
  }

  latency(now: number): Stats['latency'] {
    this.rotate(now);
    return {
      queue: this.queue.quantiles(),
      inference: this.inference.quantiles(),
      publish: this.publish.quantiles(),
      total: this.total.quantiles(),
    };
  }

  meanBatchSize(): number {
    const { current, previous } = this.batches;
    const count = current.count + previous.count;
    return count === 0 ? 0 : (current.items + previous.items) / count;
  }

  private sample(timing: Timing, publishMs: number, weight: number): void {
    this.queue.record(timing.queueMs, weight);
    this.inference.record(timing.inferenceMs, weight);
    this.total.record(timing.totalMs + publishMs, weight);
    this.batches.current.items += weight;
    // Each image counts as 1 / `batchSize` of a batch; averaging the sizes would favour large batches.
    this.batches.current.count += weight / Math.max(1, timing.batchSize);
  }

  private rotate(now: number): void {
    while (now - this.rotatedAt >= ROTATE_MS) {
      for (const window of [this.queue, this.inference, this.publish, this.total]) window.rotate();
      this.batches = { current: emptyBatches(), previous: this.batches.current };
      // Two rotations empty everything, so more are useless after a long silence.
      this.rotatedAt = Math.max(this.rotatedAt + ROTATE_MS, now - 2 * ROTATE_MS);
    }
  }
}

function emptyBatches(): { items: number; count: number } {
  return { items: 0, count: 0 };
}
