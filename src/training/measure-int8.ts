import { argMax } from '../core/arg-max';
import type { Precision } from '../core/precision';
import { loadChecked } from '../inference/golden';
import { predictAll } from '../inference/predict-all';
import { createRuntime } from '../inference/runtimes/index';
import type { ModelRuntime } from '../inference/runtimes/runtime';
import type { Int8Facts, ModelFiles } from '../models/files';
import { computeMetrics, type ClassNumbers } from './metrics';

/** Images to measure both precisions on. */
export interface MeasuredImages {
  /** n × height × width × channels uint8, row-major. */
  readonly pixels: Uint8Array;
  /** The true classes; absent if they are unknown. */
  readonly labels?: ClassNumbers | undefined;
}

export interface Int8Measurement {
  readonly images: number;
  /** Images with another predicted class than in float32. */
  readonly differing: number;
  /** Right images in each precision; absent without true classes. */
  readonly correct?: Readonly<Record<Precision, number>>;
  /** Scores of the golden vectors in 8-bit integers. */
  readonly golden: Float32Array;
}

/** Compares 8-bit integers with float32 on onnx. Rejects with MODEL_CORRUPT if float32 misses the golden vectors. */
export async function measureInt8(
  files: ModelFiles,
  draft: Int8Facts,
  { pixels, labels }: MeasuredImages,
): Promise<Int8Measurement> {
  const fp32 = await scoresOf(await loadChecked(createRuntime('onnx', 'fp32'), files), files, pixels);
  const runtime = createRuntime('onnx', 'int8');
  await runtime.load({ ...files, int8: draft });
  const both = Buffer.concat([pixels, files.golden.pixels]);
  const all = await scoresOf(runtime, files, both);
  const { length: classes } = files.shape.labels;
  const int8 = all.subarray(0, fp32.length);
  const images = fp32.length / classes;
  const right = (scores: Float32Array): number => computeMetrics(scores, labels!, classes).correct;
  return {
    images,
    differing: countDiffering(fp32, int8, classes),
    ...(labels && { correct: { fp32: right(fp32), int8: right(int8) } }),
    golden: all.subarray(fp32.length),
  };
}

/** The scores of all images; disposes of the runtime. */
async function scoresOf(
  runtime: ModelRuntime,
  { shape }: ModelFiles,
  pixels: Uint8Array,
): Promise<Float32Array> {
  try {
    return await predictAll(runtime, shape, pixels);
  } finally {
    await runtime.dispose();
  }
}

function countDiffering(some: Float32Array, other: Float32Array, classes: number): number {
  let differing = 0;
  for (let at = 0; at < some.length; at += classes)
    if (argMax(some, at, classes) !== argMax(other, at, classes)) differing++;
  return differing;
}
