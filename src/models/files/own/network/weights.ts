import { own } from '../../../../core/own';
import path from 'node:path';
import { z } from 'zod';
import type { WeightSpec } from '../../schema';
import { invalid, type ModelSource } from '../source';

const size = z.int().min(0);
const weightSchema = z.object({
  name: z.string(),
  shape: z.array(size).max(16),
  dtype: z.string(),
  quantization: z
    .object({
      dtype: z.enum(['uint8', 'uint16', 'float16']),
      min: z.number().optional(),
      scale: z.number().optional(),
      original_dtype: z.string().optional(),
    })
    .optional(),
});
export const weightsManifestSchema = z
  .array(
    z.object({
      paths: z.array(z.string().min(1)).min(1).max(100_000),
      weights: z.array(weightSchema).max(100_000),
    }),
  )
  .max(10_000);

type StoredWeight = z.infer<typeof weightSchema>;
export type WeightsManifest = z.infer<typeof weightsManifestSchema>;

/** Bytes of one value. Text has no fixed length. */
const BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  uint32: 4,
  float16: 2,
  uint8: 1,
  uint16: 2,
  bool: 1,
  int64: 8,
  float64: 8,
  complex64: 8,
};
/** The state of random layers, which only act during training. */
const TRAINING_STATE = /(^|\/)seed_generator(_state)?(_\d+)?(\/|$)/;

/** Joins the shards of all groups. Rejects with MODEL_CORRUPT if they have another length than the list describes. */
export async function readWeights(
  source: ModelSource,
  manifest: WeightsManifest,
  file: string,
): Promise<Buffer<ArrayBuffer>> {
  const shards: Buffer[] = [];
  // One after the other: a hostile list of many names must not open all of them.
  for (const name of manifest.flatMap((group) => group.paths)) shards.push(await source.read(name));
  const weights = manifest.flatMap((group) => group.weights);
  const data = Buffer.concat(shards);
  const isExact = weights.every(({ dtype }) => dtype !== 'string');
  const expected = weights.reduce((sum, weight) => sum + (bytesOf(weight) ?? 0), 0);
  if (isExact ? data.length !== expected : data.length < expected)
    throw invalid(
      path.join(source.path, file),
      `describes ${expected} bytes of weights, but there are ${data.length}`,
    );
  return data;
}

/** The weights of layers as float32, whatever they were stored as. Throws MODEL_CORRUPT for another type. */
export function asFloats(
  weights: readonly StoredWeight[],
  data: Buffer,
  file: string,
): { weightSpecs: WeightSpec[]; weightData: ArrayBuffer } {
  const weightSpecs: WeightSpec[] = [];
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const weight of weights) {
    const bytes = data.subarray(at, (at += bytesOf(weight) ?? 0));
    const { name, shape, dtype } = weight;
    if (TRAINING_STATE.test(name)) continue;
    if (dtype !== 'float32' && dtype !== 'int32')
      throw invalid(file, `has the weight ${name} of type ${dtype}; only float32 and int32 are supported`);
    weightSpecs.push({ name, shape, dtype });
    parts.push(weight.quantization ? dequantized(weight, bytes) : bytes);
  }
  return { weightSpecs, weightData: new Uint8Array(Buffer.concat(parts)).buffer };
}

/** Undefined for a type without a fixed length. */
function bytesOf({ shape, dtype, quantization }: StoredWeight): number | undefined {
  const each = own(BYTES, quantization?.dtype ?? dtype);
  return each === undefined ? undefined : each * shape.reduce((product, one) => product * one, 1);
}

/** As TF.js does it, so that the results are the same. */
function dequantized({ dtype, quantization }: StoredWeight, bytes: Buffer): Uint8Array {
  const { dtype: stored, min = 0, scale = 1 } = quantization!;
  const valueAt = READERS[stored];
  const length = bytes.length / BYTES[stored]!;
  const values = dtype === 'int32' ? new Int32Array(length) : new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const value = valueAt(bytes, i);
    const exact = stored === 'float16' ? value : value * scale + min;
    values[i] = dtype === 'int32' ? Math.round(exact) : exact;
  }
  return new Uint8Array(values.buffer);
}

const READERS = {
  uint8: (bytes: Buffer, i: number): number => bytes[i]!,
  uint16: (bytes: Buffer, i: number): number => bytes.readUInt16LE(2 * i),
  float16: (bytes: Buffer, i: number): number => fromHalf(bytes.readUInt16LE(2 * i)),
} as const;

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
