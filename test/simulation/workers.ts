import { StreamInferError } from '../../src/core/errors';
import type { BatchResult, Classifier, PackedBatch } from '../../src/core/classification';
import type { ModelIdentity, Rejection } from '../../src/core/prediction';
import type { Quarantine } from '../../src/quarantine/quarantine';
import type { VirtualTime } from './virtual-time';
import { KINDS, type ImageKind } from './scenario';

/** What may go wrong in a worker, as long as it lasts. */
export interface WorkerWeather {
  /** Probability that a worker dies with its batch. */
  crash: number;
  /** Batches whose answers lack their predictions. */
  lies: number;
}

/** Time limit of a batch, ms. */
const TASK_TIMEOUT_MS = 1_000;
/** The first bytes of a simulated image: its kind, its class, and its number, which the losses are counted by. */
const IMAGE_BYTES = 8;

/** Its prediction repeats them, and is larger than the broker accepts. */
export const WIDE_HEADERS = [{ note: Buffer.alloc(100_000, 'x') }];

export function imageOf(kind: ImageKind, label: number, number: number): Buffer {
  const bytes = Buffer.alloc(IMAGE_BYTES);
  bytes.writeUInt8(KINDS.indexOf(kind), 0);
  bytes.writeUInt8(label, 1);
  bytes.writeUInt32LE(number, 4);
  return bytes;
}

export const kindOf = (bytes: Uint8Array): ImageKind => KINDS[bytes[0] as number] as ImageKind;

/**
 * Workers whose prediction of an image is its second byte. Poison kills them, a hanging image is killed after a time,
 * and in bad weather they die for no reason.
 */
export function simulatedWorkers(
  time: VirtualTime,
  weather: WorkerWeather,
  model: ModelIdentity,
  parallelism: number,
  /** Times that an image was with a worker that was lost. */
  losses: Map<number, number>,
  /** Ends the process of the workers. */
  kill: () => void,
): Classifier {
  const lose = (code: 'WORKER_CRASH' | 'WORKER_TIMEOUT', batch: PackedBatch): never => {
    for (const bytes of imagesOf(batch)) {
      const number = Buffer.from(bytes).readUInt32LE(4);
      losses.set(number, (losses.get(number) ?? 0) + 1);
    }
    throw new StreamInferError(code, 'the worker was lost');
  };
  return {
    model,
    parallelism,
    async classify(batch) {
      const kinds = imagesOf(batch).map(kindOf);
      const isHanging = kinds.includes('hanging');
      const ms = isHanging ? TASK_TIMEOUT_MS : 1 + time.random() * 20;
      await new Promise((resolve) => setTimeout(resolve, ms));
      if (kinds.includes('deadly')) {
        kill();
        // The process has ended, so this never resolves.
        await new Promise(() => undefined);
      }
      if (kinds.includes('poison') || time.chance(weather.crash)) lose('WORKER_CRASH', batch);
      if (isHanging) lose('WORKER_TIMEOUT', batch);
      if (weather.lies > 0) {
        weather.lies--;
        return { ...resultOf(batch, kinds, model), predictions: undefined, failures: new Map() };
      }
      return resultOf(batch, kinds, model);
    },
  };
}

/** A child process for one image at a time: a deadly one ends only this process. */
export function simulatedQuarantine(
  time: VirtualTime,
  model: ModelIdentity,
): Pick<Quarantine, 'classify' | 'close'> {
  return {
    async classify(image) {
      const kinds = imagesOf(image).map(kindOf);
      await new Promise((resolve) => setTimeout(resolve, 50 + time.random() * 50));
      const how = { deadly: 'was ended by SIGSEGV', poison: 'failed', hanging: 'did not answer' };
      const death = how[kinds[0] as keyof typeof how] as string | undefined;
      return death === undefined ? resultOf(image, kinds, model) : { kind: 'death', how: death };
    },
    close: () => Promise.resolve(),
  };
}

function resultOf(batch: PackedBatch, kinds: readonly ImageKind[], model: ModelIdentity): BatchResult {
  const failures = new Map<number, Rejection>();
  for (const [i, kind] of kinds.entries())
    if (kind === 'refused')
      failures.set(i, { code: 'CORRUPT', message: 'it is damaged', stage: 'decode', attempts: 1 });
  return {
    probabilities: new Float32Array(batch.size * 10),
    failures,
    decoded: new Map(),
    inferenceMs: batch.size,
    model,
    predictions: {
      json: new Uint8Array(0),
      ends: new Uint32Array(batch.size),
      labels: Int32Array.from(imagesOf(batch), (bytes) => bytes[1] as number),
      confidences: new Float64Array(batch.size).fill(1),
      truths: new Int32Array(batch.size).fill(-1),
    },
  };
}

function imagesOf({ bytes, offsets, size }: PackedBatch): Uint8Array[] {
  return Array.from({ length: size }, (_, i) => bytes.subarray(offsets[i], offsets[i + 1]));
}
