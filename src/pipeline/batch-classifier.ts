import type { BatchResult, Classifier, CrashJournal, PackedBatch } from '../core/classification';
import type { StreamInferError } from '../core/errors';
import { FASHION_MNIST } from '../core/model-shape';
import type { Outcome } from '../core/prediction';
import type { ValueResolver } from '../core/resolver';
import type { DividedBatch, ResultCache } from '../core/result-cache';
import { divide, type Rollout } from '../core/rollout';
import { toOutcomes } from './outcomes';
import { columnsOfItems, packDeliveries, type DeliveredItem } from './packing';
import { withResolvedPixels } from './resolved-items';

/** One image: of a stream delivery, or of a caller that waits for the answer. */
export interface Job extends DeliveredItem {
  readonly reply: ((outcome: Outcome | StreamInferError) => void) | null;
}

interface Sent {
  readonly packed: PackedBatch;
  readonly result: BatchResult;
  readonly outcomes: Outcome[];
}

export interface ClassifierPorts {
  readonly classifier: Classifier;
  /** A candidate model that also receives some or all messages; absent where there is never one. */
  readonly rollout?: Rollout | undefined;
  /** Absent where messages are not redelivered after a crash. */
  readonly journal?: CrashJournal | undefined;
  /** Answers images whose results it has, without a worker; absent where none are kept. */
  readonly cache?: ResultCache | undefined;
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
    // Callers that wait for an answer get the active model's.
    const canary = batch[0]?.reply === null ? this.ports.rollout?.canary : null;
    if (canary == null) return await this.#classifyTogether(batch);
    const { taken, rest } = divide(batch, (job) => canary.takes(job.delivery));
    return await inShares(batch, [
      [rest, (share) => this.#classifyTogether(share)],
      [taken, async (share) => (await this.#send(canary.classifier, share)).outcomes],
    ]);
  }

  /** For an image that seems to crash the process: isolated from all others. */
  async classifyAlone(job: Job, journal: CrashJournal): Promise<Outcome[]> {
    const packed = this.#pack([job]);
    const result = await journal.classifyAlone(job.delivery, packed);
    return this.#outcomesOf([job], packed, result);
  }

  /** With the active model. A candidate always computes: it is there to be measured. */
  async #classifyTogether(batch: Job[]): Promise<Outcome[]> {
    const divided = this.ports.cache?.divide(batch);
    if (divided === undefined || divided.taken.length === 0) return await this.#classifyAnew(batch, divided);
    return await inShares(batch, [
      [divided.rest, (share) => this.#classifyAnew(share, divided)],
      [divided.taken, async (share) => this.#recall(share, divided)],
    ]);
  }

  async #classifyAnew(batch: Job[], divided: DividedBatch | undefined): Promise<Outcome[]> {
    const { packed, result, outcomes } = await this.#send(this.ports.classifier, batch);
    divided?.keep(result);
    this.onMeasured(batch.length, result.inferenceMs);
    this.ports.rollout?.shadow?.watch(packed, outcomes);
    return outcomes;
  }

  /** Without a worker. A shadow still compares its own predictions. */
  #recall(batch: Job[], divided: DividedBatch): Outcome[] {
    const shadow = this.ports.rollout?.shadow;
    const packed = shadow == null ? null : this.#pack(batch);
    const columns = packed?.columns ?? columnsOfItems(batch, this.#labels);
    const outcomes = this.#outcomesOf(batch, { columns }, divided.resultOf(columns));
    if (packed !== null) shadow?.watch(packed, outcomes);
    return outcomes;
  }

  async #send(classifier: Classifier, batch: readonly Job[]): Promise<Sent> {
    const endRecord = this.ports.journal?.begin(streamedIds(batch));
    try {
      const packed = this.#pack(batch);
      const result = await classifier.classify(packed);
      return { packed, result, outcomes: this.#outcomesOf(batch, packed, result) };
    } finally {
      endRecord?.();
    }
  }

  get #labels(): readonly string[] {
    return (this.ports.classifier.shape ?? FASHION_MNIST).labels;
  }

  #pack(batch: readonly Job[]): PackedBatch {
    return packDeliveries(batch, this.#labels, batch[0]?.reply !== null);
  }

  #outcomesOf(batch: readonly Job[], packed: Pick<PackedBatch, 'columns'>, result: BatchResult): Outcome[] {
    const deliveries = batch.map((job) => job.delivery);
    const complete = this.ports.resolver === undefined ? result : withResolvedPixels(batch, result);
    return toOutcomes(deliveries, packed, complete, this.ports.classifier.model);
  }
}

/** Classifies a batch in parts, by the positions of each; returns the outcomes in the order of the batch. */
async function inShares(
  batch: readonly Job[],
  shares: readonly (readonly [
    positions: readonly number[],
    classify: (share: Job[]) => Promise<Outcome[]>,
  ])[],
): Promise<Outcome[]> {
  const outcomes = new Array<Outcome>(batch.length);
  await Promise.all(
    shares.map(async ([positions, classify]) => {
      if (positions.length === 0) return;
      const own = await classify(positions.map((at) => batch[at] as Job));
      for (const [i, at] of positions.entries()) outcomes[at] = own[i] as Outcome;
    }),
  );
  return outcomes;
}

/** Only these are redelivered after a crash; an HTTP caller notices the missing answer. */
function streamedIds(batch: readonly Job[]): string[] {
  return batch.filter((job) => job.reply === null).map((job) => job.delivery.sourceId);
}
