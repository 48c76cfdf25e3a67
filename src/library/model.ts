import { z } from 'zod';
import { createInspection } from '../setup/inspection';
import { createLogger } from '../setup/logger';
import { allScores } from '../core/all-scores';
import { DEFAULT_MODEL } from '../core/default-model';
import { StreamInferError } from '../core/errors';
import type { FoundObject, ImageFrame } from '../core/found-objects';
import { INVERT_MODES, type ImageFormat, type InvertMode } from '../core/image';
import { isolateFailures } from '../pipeline/isolation';
import type { Delivery } from '../core/message';
import { rejectDelivery, toOutcomes } from '../pipeline/outcomes';
import { packDeliveries } from '../pipeline/packing';
import type { Classifier } from '../core/classification';
import type { Log } from '../core/ports';
import { PRECISIONS, type Precision } from '../core/precision';
import type { ModelIdentity, Outcome } from '../core/prediction';
import { RUNTIME_NAMES, type RuntimeName } from '../core/runtime-name';
import { resolveModelDir } from '../models/files';
import { createPool, type InferencePool } from '../inference/pool';
import { aLog, assertShape } from './options';

export interface LoadModelOptions {
  /** Runtime; the fastest one available if absent. */
  readonly runtime?: RuntimeName | 'auto';
  /** `auto` if absent: int8 if it is exact and faster, otherwise fp32. */
  readonly precision?: Precision | 'auto';
  /** Inversion of bright backgrounds; the model's own if absent: `auto` for Fashion-MNIST. */
  readonly invert?: InvertMode;
  /** Worker threads; 1 if absent. The calling thread never computes. */
  readonly workers?: number;
  /** Largest batch per worker call; 64 if absent. */
  readonly maxBatch?: number;
  readonly log?: Log;
}

/** Result for one image. */
export interface Classification {
  readonly label: number;
  readonly className: string;
  /** Probability of `label`, 0–1. */
  readonly confidence: number;
  /** Probabilities by label. */
  readonly probabilities: readonly number[];
  /** Of a model that finds objects: best first. */
  readonly objects?: readonly FoundObject[];
  /** The image that the boxes of `objects` refer to. */
  readonly frame?: ImageFrame;
}

/** A model in memory. */
export interface LoadedModel {
  readonly identity: ModelIdentity;
  /** Class names by label. */
  readonly labels: readonly string[];
  /** PNG, JPEG, WebP, JSON or raw pixels. Rejects with the rejection code of the image. */
  classify(image: Uint8Array): Promise<Classification>;
  /** Several images in order. An invalid image yields an error in its place and does not affect the others. */
  classifyAll(images: readonly Uint8Array[]): Promise<(Classification | StreamInferError)[]>;
  close(): Promise<void>;
}

const schema = z.strictObject({
  spec: z.string('expected a name or a folder').min(1),
  runtime: z.enum(['auto', ...RUNTIME_NAMES]).optional(),
  precision: z.enum(['auto', ...PRECISIONS]).optional(),
  invert: z.enum(INVERT_MODES).optional(),
  workers: z.int().positive().optional(),
  maxBatch: z.int().positive().optional(),
  log: aLog.optional(),
});

const MAX_IMAGE_BYTES = 64 * 1024 * 1024;

/**
 * Loads a model to classify images in this process, without a broker.
 *
 * @param spec `name`, `name@version`, or a folder
 * @throws CONFIG_INVALID, MODEL_MISSING, MODEL_CORRUPT, RUNTIME_UNAVAILABLE and the other codes of `createPool`
 */
export async function loadModel(spec = DEFAULT_MODEL, options: LoadModelOptions = {}): Promise<LoadedModel> {
  assertShape(schema, { ...options, spec }, 'loadModel');
  const log = options.log ?? createLogger({ level: 'warn', format: 'auto' });
  const { maxBatch = 64 } = options;
  const pool = await createPool({
    modelDir: await resolveModelDir(spec),
    runtime: options.runtime ?? 'auto',
    precision: options.precision ?? 'auto',
    workers: options.workers ?? 1,
    maxBatch,
    invert: options.invert,
    taskTimeoutMs: 30_000,
    startTimeoutMs: 60_000,
    log,
  });
  return new PooledModel(pool, isolateFailures(pool, { attempts: 1, log }), maxBatch);
}

class PooledModel implements LoadedModel {
  readonly #inspect: ReturnType<typeof createInspection>;
  #images = 0;

  constructor(
    private readonly pool: InferencePool,
    private readonly classifier: Classifier,
    private readonly maxBatch: number,
  ) {
    this.#inspect = createInspection(MAX_IMAGE_BYTES, pool.shape);
  }

  get identity(): ModelIdentity {
    return this.pool.model;
  }

  get labels(): readonly string[] {
    return this.pool.shape.labels;
  }

  async classify(image: Uint8Array): Promise<Classification> {
    const [result] = await this.classifyAll([image]);
    if (result instanceof StreamInferError) throw result;
    return result as Classification;
  }

  async classifyAll(images: readonly Uint8Array[]): Promise<(Classification | StreamInferError)[]> {
    const deliveries = images.map((image) => this.#toDelivery(image));
    const { maxBatch } = this;
    const batches = Array.from({ length: Math.ceil(deliveries.length / maxBatch) }, (_, i) =>
      deliveries.slice(i * maxBatch, (i + 1) * maxBatch),
    );
    const waiting = batches.entries();
    const results: (Classification | StreamInferError)[][] = [];
    // At most one batch per thread at a time, because the pool rejects an overload.
    await Promise.all(
      Array.from({ length: this.pool.parallelism }, async () => {
        for (const [i, batch] of waiting) results[i] = await this.#classifyBatch(batch);
      }),
    );
    return results.flat();
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  async #classifyBatch(deliveries: readonly Delivery[]): Promise<(Classification | StreamInferError)[]> {
    const formats = deliveries.map((delivery) => this.#inspect(delivery));
    const wanted = deliveries.filter((_, i) => typeof formats[i] === 'string');
    const outcomes = wanted.length === 0 ? [] : await this.#predict(wanted, formats.filter(isFormat));
    const next = outcomes.values();
    return deliveries.map((delivery, i) => {
      const format = formats[i] as ImageFormat | { code: never; message: string };
      if (typeof format === 'string') return toClassification(next.next().value as Outcome);
      return toClassification(rejectDelivery(delivery, { ...format, stage: 'admission', attempts: 1 }));
    });
  }

  async #predict(deliveries: readonly Delivery[], formats: readonly ImageFormat[]): Promise<Outcome[]> {
    const items = deliveries.map((delivery, i) => ({
      delivery,
      bytes: delivery.value as Buffer,
      format: formats[i] as ImageFormat,
    }));
    const packed = packDeliveries(items, this.labels);
    return toOutcomes(deliveries, packed, await this.classifier.classify(packed), this.pool.model);
  }

  #toDelivery(image: Uint8Array): Delivery {
    const value = imageBytes(image);
    return {
      origin: { broker: 'call', topic: '', partition: null, offset: null },
      sourceId: `call/${++this.#images}`,
      key: null,
      value,
      headers: [],
      timestamp: Date.now(),
      receivedAt: performance.now(),
      attempt: 1,
    };
  }
}

/** Throws USAGE for a value that is not bytes: not every caller uses TypeScript. */
export function imageBytes(image: Uint8Array): Buffer {
  if (!ArrayBuffer.isView(image))
    throw new StreamInferError('USAGE', `an image must be bytes (Uint8Array), not ${typeof image}`);
  return Buffer.from(image.buffer, image.byteOffset, image.byteLength);
}

function isFormat(format: unknown): format is ImageFormat {
  return typeof format === 'string';
}

function toClassification(outcome: Outcome): Classification | StreamInferError {
  if (outcome.kind === 'dead letter')
    return new StreamInferError(outcome.rejection.code, outcome.rejection.message);
  const { label, className, confidence, objects, frame } = outcome.prediction;
  const found = { ...(objects && { objects }), ...(frame && { frame }) };
  return { label, className, confidence, probabilities: allScores(outcome), ...found };
}
