import type { BatchResult, Classifier, CrashJournal, PackedBatch } from '../core/classification';
import type { StreamInferError } from '../core/errors';
import { FASHION_MNIST } from '../core/model-shape';
import type { Outcome } from '../core/prediction';
import type { ValueResolver } from '../core/resolver';
import { divide, type Canary, type Rollout } from '../core/rollout';
import { toOutcomes } from './outcomes';
import { packDeliveries, type DeliveredItem } from './packing';
import { withResolvedPixels } from './resolved-items';

/** One image: of a stream delivery, or of a caller that waits for the answer. */
export interface Job extends DeliveredItem {
  readonly reply: ((outcome: Outcome | StreamInferError) => void) | null;
}

export interface ClassifierPorts {
  readonly classifier: Classifier;
  /** A candidate model that also receives some or all messages; absent where there is never one. */
  readonly rollout?: Rollout | undefined;
  /** Absent where messages are not redelivered after a crash. */
  readonly journal?: CrashJournal | undefined;
  /** Replaces values before they are inspected; absent where all messages hold their image. */
  readonly resolver?: ValueResolver | undefined;
}

/** Classifies batches with the active model, and with the candidate of a rollout. */
export class BatchClassifier {
  /** @param onMeasured images of a batch of the active model, and its time in the worker, ms */
  constructor(
    private readonly ports: ClassifierPorts,
    private readonly onMeasured: (images: number, inferenceMs: number) => void,
  ) {}

  /** Rejects as the classifier does. */
  async classify(batch: Job[]): Promise<Outcome[]> {
    const endRecord = this.ports.journal?.begin(streamedIds(batch));
    try {
      // Callers that wait for an answer get the active model's.
      const canary = batch[0]?.reply === null ? this.ports.rollout?.canary : null;
      return canary == null
        ? await this.#classifyTogether(batch)
        : await this.#classifyDivided(batch, canary);
    } finally {
      endRecord?.();
    }
  }

  /** For an image that seems to crash the process: isolated from all others. */
  async classifyAlone(job: Job, journal: CrashJournal): Promise<Outcome[]> {
    const packed = this.#pack([job]);
    const result = await journal.classifyAlone(job.delivery, packed);
    return this.#outcomesOf([job], packed, result);
  }

  async #classifyTogether(batch: Job[]): Promise<Outcome[]> {
    const packed = this.#pack(batch);
    const result = await this.ports.classifier.classify(packed);
    this.onMeasured(batch.length, result.inferenceMs);
    const outcomes = this.#outcomesOf(batch, packed, result);
    this.ports.rollout?.shadow?.watch(packed, outcomes);
    return outcomes;
  }

  /** As two batches, since a batch has one model. */
  async #classifyDivided(batch: Job[], canary: Canary): Promise<Outcome[]> {
    const { taken, rest } = divide(batch, (job) => canary.takes(job.delivery));
    const outcomes = new Array<Outcome>(batch.length);
    const work = async (
      positions: number[],
      classify: (share: Job[]) => Promise<Outcome[]>,
    ): Promise<void> => {
      if (positions.length === 0) return;
      const own = await classify(positions.map((at) => batch[at] as Job));
      for (const [i, at] of positions.entries()) outcomes[at] = own[i] as Outcome;
    };
    const byCanary = async (share: Job[]): Promise<Outcome[]> => {
      const packed = this.#pack(share);
      return this.#outcomesOf(share, packed, await canary.classifier.classify(packed));
    };
    await Promise.all([work(rest, (share) => this.#classifyTogether(share)), work(taken, byCanary)]);
    return outcomes;
  }

  #pack(batch: readonly Job[]): PackedBatch {
    const { labels } = this.ports.classifier.shape ?? FASHION_MNIST;
    return packDeliveries(batch, labels, batch[0]?.reply !== null);
  }

  #outcomesOf(batch: readonly Job[], packed: PackedBatch, result: BatchResult): Outcome[] {
    const deliveries = batch.map((job) => job.delivery);
    const complete = this.ports.resolver === undefined ? result : withResolvedPixels(batch, result);
    return toOutcomes(deliveries, packed, complete, this.ports.classifier.model);
  }
}

/** Only these are redelivered after a crash; an HTTP caller notices the missing answer. */
function streamedIds(batch: readonly Job[]): string[] {
  return batch.filter((job) => job.reply === null).map((job) => job.delivery.sourceId);
}
