import { StreamInferError } from '../../src/core/errors';
import { FASHION_MNIST } from '../../src/core/model-shape';
import type { BatchResult, PackedBatch } from '../../src/core/classification';
import type { ModelIdentity } from '../../src/core/prediction';
import type { InferencePool } from '../../src/inference/pool';
import { answerOf } from './predictions';
import { FASHION_MNIST_DESCRIPTION } from './model-description';
import { MODEL } from './services';

/** Number of open pools. */
export const openPools = new Set<FakePool>();

/** A pool without workers: every image gets the class of its first byte. */
export class FakePool implements InferencePool {
  readonly shape = FASHION_MNIST;
  readonly description = FASHION_MNIST_DESCRIPTION;
  readonly workers = 2;
  readonly parallelism = 2;
  readonly model: ModelIdentity;
  onWorkerLost: InferencePool['onWorkerLost'];
  closed = false;
  /** Error of every batch. */
  failure: StreamInferError | null = null;
  /** Batches wait for it. */
  gate: Promise<void> = Promise.resolve();
  /** Duration of a batch, ms. */
  inferenceMs = 1;
  /** Number of classes that are predicted as the next one. */
  wrongClasses = 0;
  batches = 0;

  constructor(version: number) {
    this.model = { ...MODEL, version, sha256: String(version).repeat(64).slice(0, 64) };
    openPools.add(this);
  }

  async classify(batch: PackedBatch): Promise<BatchResult> {
    this.batches++;
    await this.gate;
    if (this.closed) throw new StreamInferError('NOT_READY', 'The pool is closed.');
    if (this.failure) throw this.failure;
    const classes = this.shape.labels.length;
    const probabilities = new Float32Array(batch.size * classes);
    for (let i = 0; i < batch.size; i++) {
      const truth = batch.bytes[batch.offsets[i]!]! % classes;
      probabilities[i * classes + (truth < this.wrongClasses ? (truth + 1) % classes : truth)] = 1;
    }
    return answerOf(batch, probabilities, { inferenceMs: this.inferenceMs, model: this.model });
  }

  async derive(): Promise<never> {
    throw new StreamInferError('NOT_READY', 'There is nothing to derive.');
  }

  utilization(): number {
    return 0;
  }

  async close(): Promise<void> {
    this.closed = true;
    openPools.delete(this);
  }
}

/** A gate opened by the test. */
export function createGate(): { promise: Promise<void>; open: () => void } {
  let open!: () => void;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}
