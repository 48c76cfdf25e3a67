import { bytesPerImage } from '../../core/model-shape';
import type { ModelFiles } from '../../models/files';
import { imagesPerCall } from '../batch-splitter';
import { INPUT, compileForCalibration, inputShape } from './compile';
import type { Ranges } from './integers';
import type { OnnxLibrary } from './library';

const BATCH = 100;

/**
 * Runs images through the model in float32 and records the smallest and largest output of each layer.
 * `pixels` has the bytes of n images; a few hundred training images are enough.
 */
export async function calibrate(
  library: OnnxLibrary,
  files: ModelFiles,
  pixels: Uint8Array,
): Promise<Ranges> {
  const { model, observed } = compileForCalibration(files);
  const session = await library.InferenceSession.create(model);
  const ranges = new Map<string, [number, number]>();
  const size = bytesPerImage(files.shape);
  // All outputs of a call are in memory.
  const step = imagesPerCall(files.shape, BATCH) * size;
  for (let start = 0; start < pixels.length; start += step) {
    const part = pixels.subarray(start, start + step);
    const shape = inputShape(files.shape, part.length / size);
    const outputs = await session.run({ [INPUT]: new library.Tensor('uint8', part, shape) });
    for (const { layer, output } of observed) widen(ranges, layer, outputs[output]?.data as Float32Array);
  }
  await session.release();
  return Object.fromEntries(ranges);
}

function widen(ranges: Map<string, [number, number]>, layer: string, values: Float32Array): void {
  const range = ranges.get(layer) ?? [Infinity, -Infinity];
  for (const value of values) {
    if (value < range[0]) range[0] = value;
    if (value > range[1]) range[1] = value;
  }
  ranges.set(layer, range);
}
