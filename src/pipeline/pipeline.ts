import { Deferred } from '../core/async/deferred';
import { WakeUp } from '../core/async/wake-up';
import { Admission } from './admission';
import { ArrivalTimes } from './arrival-times';
import { BatchClassifier, type Job } from './batch-classifier';
import type { BatchTargetState } from './batch-target';
import { Batcher, type Batch, type LaneName } from './batcher';
import { StreamInferError } from '../core/errors';
import type { ImageFormat, InvertMode } from '../core/image';
import type { Delivery } from '../core/message';
import { refuseDelivery, type InspectionFailure } from './outcomes';
import { defaultPace, type Pace } from './pace';
import { Intake } from './intake';
import { Permits } from './permits';
import type { PipelineLimits, PipelinePorts } from './pipeline-ports';
import type { CrashJournal } from '../core/classification';
import type { Outcome } from '../core/prediction';

export type { PipelineLimits, PipelinePorts } from './pipeline-ports';

/** Result of a drain. */
export interface DrainReport {
  readonly settled: number;
  /** Taken from the source but not settled: the broker redelivers them. */
  readonly left: number;
  /** Likewise, but the drain did not wait for them: their values could not be resolved. */
  readonly returned?: number;
}

/** Largest `receive`: keeps one turn of the event loop short. */
const RECEIVE_AT_MOST = 512;
/**
 * Full batches that may wait for each worker. Further messages are better off in the broker's client. Here they would
 * outlive the garbage collector's young generation, delay rebalances, and be duplicates after a kill.
 */
const BATCHES_AHEAD = 2;
/** Longest wait for room, ms: covers an outbox that recovers without a release. */
const ROOM_AGAIN_MS = 50;
/** Smallest `receive`, as a share of the in-flight limit of a latency goal. */
const LEAST_STEP = 0.25;

/** The path of an image through this program: take → admit → (resolve) → batch → classify → deliver → release. */
export class Pipeline {
  /** Holds or limits the stream; interactive images are not affected. */
  readonly intake: Intake;
  readonly #permits: Permits;
  readonly #batcher: Batcher<Job>;
  readonly #classifier: BatchClassifier;
  readonly #pace: Pace;
  readonly #admission: Admission;
  readonly #arrivalTimes = new ArrivalTimes();
  readonly #stopTaking = new AbortController();
  readonly #failed = new Deferred<never>();
  readonly #roomAgain = new WakeUp();
  #taken = 0;
  #settled = 0;
  #returned = 0;
  #lastArrival = performance.now();
  #wakeDrain: (() => void) | null = null;

  constructor(
    private readonly ports: PipelinePorts,
    private readonly limits: PipelineLimits,
  ) {
    this.#permits = new Permits(limits.inFlight);
    this.#pace = ports.pace ?? defaultPace(limits);
    this.#batcher = new Batcher(limits, this.#pace, ports.backlog);
    this.#classifier = new BatchClassifier(ports, (images, ms) => this.#batcher.measured(images, ms));
    this.intake = new Intake(limits.rate, () => this.#onIntake());
    this.#admission = new Admission(ports, this.#permits, {
      enqueue: (job) => this.#enqueueDelivery(job),
      deliver: (refused) => this.#inBackground(this.#deliver(refused)),
      dispatch: () => this.#dispatch(),
      abandon: (delivery) => this.#abandon(delivery),
    });
  }

  /**
   * Takes deliveries until `drain()` is called or `maxDeliveries` are taken. Rejects if the pipeline cannot continue.
   */
  async run(): Promise<void> {
    await Promise.race([this.#takeAll(this.#stopTaking.signal), this.#failed.promise]);
  }

  /** One image through the interactive lane; resolves with its outcome, which is not published. */
  async classifyNow(delivery: Delivery, invert?: InvertMode): Promise<Outcome> {
    const [outcome] = await this.classifyAllNow([delivery], invert);
    return outcome as Outcome;
  }

  /**
   * Several images through the interactive lane, all or none: rejects with OVERLOADED when they do not all fit, with
   * the expected wait in its cause (`retryAfterMs`). Resolves with their outcomes in order; none is published.
   */
  async classifyAllNow(deliveries: readonly Delivery[], invert?: InvertMode): Promise<Outcome[]> {
    const formats = deliveries.map((delivery) => this.ports.inspect(delivery));
    const wanted = formats.filter((format) => typeof format === 'string').length;
    if (wanted > this.#batcher.interactiveRoom) throw this.#laneFull(wanted);
    const outcomes = deliveries.map((delivery, i) => {
      const format = formats[i] as ImageFormat | InspectionFailure;
      if (typeof format === 'object') return Promise.resolve(refuseDelivery(delivery, format));
      return this.#enqueueForReply({ delivery, bytes: delivery.value as Buffer, format, invert });
    });
    // Only now: one batch of several instead of several of one.
    this.#dispatch();
    return await Promise.all(outcomes);
  }

  /** Stops taking and waits until nothing is in flight, or until `signal` aborts. */
  async drain(signal: AbortSignal): Promise<DrainReport> {
    this.#stopTaking.abort();
    this.#roomAgain.wake();
    // With all deliveries of a limit taken, the drain is the time to finish them.
    if (this.#taken < this.limits.maxDeliveries) this.#admission.stop();
    const wake = () => this.#wakeDrain?.();
    signal.addEventListener('abort', wake, { once: true });
    while (this.#permits.messages > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => (this.#wakeDrain = resolve));
    }
    signal.removeEventListener('abort', wake);
    for (const job of this.#batcher.clear())
      job.reply?.(new StreamInferError('NOT_READY', 'the process is stopping'));
    const [left, returned] = [this.#permits.messages, this.#returned];
    this.#admission.end();
    return { settled: this.#settled, left, ...(returned > 0 && { returned }) };
  }

  /** Why the values of messages cannot be resolved at present, as a sentence; null while they can. */
  get pausedFor(): string | null {
    return this.#admission.pausedFor;
  }

  get inFlight(): { messages: number; bytes: number } {
    return { messages: this.#permits.messages, bytes: this.#permits.bytes };
  }

  get batchTarget(): BatchTargetState {
    return this.#batcher.target;
  }

  /** How long the oldest delivery has been waiting for its outcome, ms. */
  get oldestMs(): number {
    return this.#arrivalTimes.oldestMs(performance.now());
  }

  /** Worker time per image at present, ms; null before the first batch. */
  get perImageMs(): number | null {
    return this.#batcher.perImageMs;
  }

  get queued(): Record<LaneName, number> {
    return { stream: this.#batcher.depth('stream'), interactive: this.#batcher.depth('interactive') };
  }

  /** ms since the last arrival, or 0 while anything is in flight or an operator holds the stream. */
  get idleMs(): number {
    return this.#permits.messages > 0 || this.intake.held ? 0 : performance.now() - this.#lastArrival;
  }

  async #takeAll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#taken < this.limits.maxDeliveries) {
      const room = this.#room();
      if (room === 0) await this.#roomAgain.wait(ROOM_AGAIN_MS);
      else this.#admit(await this.ports.source.receive(room, signal));
    }
  }

  #room(): number {
    const { outbox, classifier } = this.ports;
    const allowed = this.intake.room();
    if (allowed === 0 || outbox.stalled || (classifier.unavailable ?? null) !== null) return 0;
    const { maxBatch, parallelism, maxDeliveries } = this.limits;
    const waiting = this.#batcher.depth('stream');
    const ahead = BATCHES_AHEAD * maxBatch * parallelism;
    // In large steps: asking the client for a few messages costs as much as for many.
    if (waiting > ahead / 2) return 0;
    return Math.min(
      ahead - waiting,
      this.#roomOfPace(),
      this.#permits.room(),
      allowed,
      this.#admission.room(),
      RECEIVE_AT_MOST,
      maxDeliveries - this.#taken,
    );
  }

  #onIntake(): void {
    this.#lastArrival = performance.now();
    this.#roomAgain.wake();
  }

  /** Also in steps, for the same reason. */
  #roomOfPace(): number {
    const { ahead } = this.#pace;
    const room = ahead - this.#permits.messages;
    return room < ahead * LEAST_STEP ? 0 : room;
  }

  #admit(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    this.#lastArrival = performance.now();
    this.#taken += deliveries.length;
    this.intake.take(deliveries.length);
    this.#arrivalTimes.add(deliveries);
    this.#admission.add(deliveries);
  }

  #enqueueDelivery(job: Job): void {
    const { journal } = this.ports;
    if (journal?.isSuspected(job.delivery)) this.#inBackground(this.#workAlone(job, journal));
    else this.#batcher.push('stream', job);
  }

  #enqueueForReply(job: Omit<Job, 'reply'>): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const reply = (outcome: Outcome | StreamInferError) =>
        outcome instanceof StreamInferError ? reject(outcome) : resolve(outcome);
      this.#batcher.push('interactive', { ...job, reply });
    });
  }

  #laneFull(wanted: number): StreamInferError {
    const retryAfterMs = this.#batcher.interactiveRoomInMs(wanted);
    return new StreamInferError('OVERLOADED', 'the interactive lane is full; try again shortly', {
      cause: { retryAfterMs },
    });
  }

  #dispatch(): void {
    for (let batch = this.#batcher.take(); batch; batch = this.#batcher.take()) {
      this.#inBackground(this.#work(batch));
      this.#roomAgain.wake();
    }
  }

  async #work(batch: Batch<Job>): Promise<void> {
    const outcomes = await this.#classify(batch);
    if (batch.lane === 'stream') return await this.#deliver(outcomes);
    for (const [i, outcome] of outcomes.entries()) batch.items[i]?.reply?.(outcome);
  }

  async #classify({ items: batch, lane }: Batch<Job>): Promise<Outcome[]> {
    try {
      return await this.#classifier.classify(batch);
    } catch (error) {
      const failure = StreamInferError.from(error);
      for (const job of batch) job.reply?.(failure);
      // The callers have their answer and may retry; the stream waits for the model.
      if (lane === 'interactive' && failure.code === 'MODEL_UNAVAILABLE') return [];
      throw failure;
    } finally {
      this.#batcher.done({ lane });
      this.#dispatch();
    }
  }

  async #workAlone(job: Job, journal: CrashJournal): Promise<void> {
    await this.#deliver(await this.#classifier.classifyAlone(job, journal));
  }

  async #deliver(outcomes: readonly Outcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const startedAt = performance.now();
    const more = this.#batcher.depth('stream') > 0;
    const durable = await this.ports.outbox.deliver(outcomes, more);
    this.#release(outcomes, durable.length);
    if (durable.length === 0) return;
    const publishMs = performance.now() - startedAt;
    for (const observer of this.ports.observers) observer.onOutcomes(durable, publishMs);
  }

  /**
   * Abandoned deliveries are redelivered: they release their permits and do not count for the limit of deliveries.
   */
  #release(outcomes: readonly { readonly delivery: Delivery }[], durable: number): void {
    this.#arrivalTimes.remove(outcomes);
    this.#admission.release(outcomes);
    this.#settled += durable;
    this.#taken -= outcomes.length - durable;
    this.#lastArrival = performance.now();
    this.#roomAgain.wake();
    this.#wakeDrain?.();
  }

  #abandon(delivery: Delivery): void {
    if (this.#stopTaking.signal.aborted) this.#returned++;
    this.#release([{ delivery }], 0);
  }

  /**
   * Work that nobody awaits: its failure ends the pipeline, since a delivery without an outcome must not be skipped.
   */
  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#stopTaking.abort();
      this.#failed.reject(StreamInferError.from(error));
    });
  }
}
