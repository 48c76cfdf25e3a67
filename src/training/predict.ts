import type { LayersModel, Tensor } from '@tensorflow/tfjs';
import { IMAGE_PIXELS, IMAGE_SIDE } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import type { TensorFlow } from './tensorflow';

const SLICE = 250;

/** Maps n × 784 uint8 to n × 10 probabilities in slices, which limits memory and keeps the event loop responsive. */
export async function predictAll(
  tf: TensorFlow,
  model: LayersModel,
  pixels: Uint8Array,
): Promise<Float32Array<ArrayBuffer>> {
  const n = pixels.length / IMAGE_PIXELS;
  const probabilities = new Float32Array(n * CLASS_COUNT);
  for (let start = 0; start < n; start += SLICE) {
    const slice = pixels.subarray(start * IMAGE_PIXELS, Math.min(n, start + SLICE) * IMAGE_PIXELS);
    const output = tf.tidy(() => {
      const images = tf.tensor4d(Float32Array.from(slice), [
        slice.length / IMAGE_PIXELS,
        IMAGE_SIDE,
        IMAGE_SIDE,
        1,
      ]);
      return model.predictOnBatch(tf.mul(images, 1 / 255)) as Tensor;
    });
    probabilities.set(await output.data(), start * CLASS_COUNT);
    output.dispose();
  }
  return probabilities;
}
