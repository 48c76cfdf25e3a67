import { percent } from '../../core/percent';
import { createInspection } from '../../setup/inspection';
import { createLogger } from '../../setup/logger';
import { allScores } from '../../core/all-scores';
import type { ImageFormat, InvertMode } from '../../core/image';
import type { Resize } from '../../core/model-shape';
import type { Delivery } from '../../core/message';
import { toOutcomes } from '../../pipeline/outcomes';
import { packDeliveries } from '../../pipeline/packing';
import type { Precision } from '../../core/precision';
import type { Outcome } from '../../core/prediction';
import type { RuntimeName } from '../../core/runtime-name';
import { resolveModelDir } from '../../models/files';
import { createPool, type InferencePool } from '../../inference/pool';
import { EXIT, fail } from '../exit';
import { objectLines } from '../object-lines';
import { readImageFile } from '../../dataset/image-file';

interface ClassifyFlags {
  readonly model: string;
  readonly runtime: RuntimeName | 'auto';
  readonly precision: Precision | 'auto';
  readonly invert?: InvertMode;
  readonly resize?: Resize;
  readonly json?: boolean;
}

/** A model with more classes has only its most likely ones printed. */
const SHOWN_CLASSES = 10;

const MAX_IMAGE_BYTES = 64 * 1024 * 1024;

export async function classify(files: readonly string[], options: ClassifyFlags): Promise<void> {
  const pool = await createPool({
    modelDir: await resolveModelDir(options.model),
    runtime: options.runtime,
    precision: options.precision,
    workers: 1,
    maxBatch: 1,
    invert: options.invert,
    resize: options.resize,
    taskTimeoutMs: 30_000,
    startTimeoutMs: 60_000,
    log: createLogger({ level: 'warn', format: 'auto' }),
  });
  try {
    for (const file of files) await classifyOrReport(pool, file, options.json);
  } finally {
    await pool.close();
  }
}

/** An unreadable file does not stop the others from being classified. */
async function classifyOrReport(pool: InferencePool, file: string, json: boolean | undefined): Promise<void> {
  try {
    print(await classifyFile(pool, file, await readImageFile(file)), pool.shape.labels, file, json);
  } catch (error) {
    fail(error);
  }
}

async function classifyFile(pool: InferencePool, file: string, bytes: Buffer): Promise<Outcome> {
  const delivery = toDelivery(file, bytes);
  const format = createInspection(MAX_IMAGE_BYTES, pool.shape)(delivery);
  if (typeof format === 'object') {
    return { kind: 'dead letter', delivery, rejection: { ...format, stage: 'admission', attempts: 1 } };
  }
  return await predict(pool, delivery, format);
}

async function predict(pool: InferencePool, delivery: Delivery, format: ImageFormat): Promise<Outcome> {
  const item = { delivery, bytes: delivery.value as Buffer, format };
  const packed = packDeliveries([item], pool.shape.labels);
  return toOutcomes([delivery], packed, await pool.classify(packed), pool.model)[0] as Outcome;
}

function toDelivery(file: string, value: Buffer): Delivery {
  return {
    origin: { broker: 'http', topic: file, partition: null, offset: null },
    sourceId: file,
    key: null,
    value,
    headers: [],
    timestamp: Date.now(),
    receivedAt: performance.now(),
    attempt: 1,
  };
}

function print(outcome: Outcome, labels: readonly string[], file: string, json: boolean | undefined): void {
  if (outcome.kind === 'dead letter') {
    process.stderr.write(`${file}: ${outcome.rejection.code}: ${outcome.rejection.message}\n`);
    process.exitCode = EXIT.failure;
    return;
  }
  const { prediction } = outcome;
  const { objects, frame } = prediction;
  if (json) {
    const { className, label, confidence, model } = prediction;
    if (objects !== undefined) {
      process.stdout.write(
        `${JSON.stringify({ file, label, className, confidence, objects, frame, model })}\n`,
      );
      return;
    }
    const probabilities = allScores(outcome);
    process.stdout.write(`${JSON.stringify({ file, label, className, confidence, probabilities, model })}\n`);
    return;
  }
  process.stdout.write(`${file}: ${prediction.className} (${percent(prediction.confidence, 1)})\n`);
  if (objects !== undefined) {
    process.stdout.write(`${objectLines(objects).join('\n')}\n`);
    return;
  }
  const width = Math.max(...labels.map((label) => label.length)) + 1;
  for (const [label, probability] of mostLikely(allScores(outcome))) {
    const bar = '█'.repeat(Math.round(probability * 40));
    process.stdout.write(
      `  ${(labels[label] as string).padEnd(width)} ${percent(probability, 1).padStart(7)}  ${bar}\n`,
    );
  }
}

/** Labels with their probabilities, in label order. */
function mostLikely(probabilities: readonly number[]): [label: number, probability: number][] {
  const all = [...probabilities.entries()];
  if (all.length <= SHOWN_CLASSES) return all;
  return all.toSorted(([, a], [, b]) => b - a).slice(0, SHOWN_CLASSES);
}
