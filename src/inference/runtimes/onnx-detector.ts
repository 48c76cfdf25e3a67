import type * as ort from 'onnxruntime-node';
import { StreamInferError } from '../../core/errors';
import type { ObjectsOutput } from '../../core/model-description';
import { bytesPerImage } from '../../core/model-shape';
import type { ModelFiles } from '../../models/files/model';
import { findObjects, type OutputTensor } from '../detection/find-objects';
import type { ImageObjects } from '../detection/objects';
import type { OnnxLibrary } from '../onnx/library';
import type { RunGate } from '../run-gate';
import type { OnnxProgram } from './onnx-program';

/** Numbers of all outputs for one image. Models for 1280 × 1280 pixels and 1000 classes have half as many. */
const MOST_NUMBERS = 2 ** 28;

/** Executes an ONNX model that finds objects, image by image: many of these models take no larger batch. */
export class OnnxDetector {
  readonly #output: ModelFiles['output'] & { readonly objects: ObjectsOutput };

  constructor(
    private readonly library: OnnxLibrary,
    private readonly session: ort.InferenceSession,
    private readonly program: OnnxProgram,
    private readonly files: ModelFiles,
    objects: ObjectsOutput,
  ) {
    this.#output = { ...files.output, objects };
  }

  async detect(values: Uint8Array | Float32Array, n: number, gate: RunGate): Promise<ImageObjects[]> {
    const { shape } = this.files;
    const size = bytesPerImage(shape);
    const images: ImageObjects[] = [];
    for (let i = 0; i < n; i++) {
      const image = values.subarray(i * size, (i + 1) * size);
      const tensors = await gate.pass(() => this.#run(image));
      images.push(findObjects(tensors, this.#output, shape));
    }
    return images;
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }

  async #run(image: Uint8Array | Float32Array): Promise<OutputTensor[]> {
    const { input, type, outputs, sizes } = this.program;
    const feeds = { [input]: new this.library.Tensor(type, image, [1, ...sizes]) };
    const results = await this.session.run(feeds, outputs);
    const tensors = outputs.map((name) => results[name]!);
    const numbers = tensors.reduce((sum, { data }) => sum + data.length, 0);
    if (numbers > MOST_NUMBERS)
      throw new StreamInferError(
        'MODEL_UNSUPPORTED',
        `the outputs of the model have ${numbers} numbers for one image; the limit is ${MOST_NUMBERS}`,
      );
    return tensors.map(({ data, dims }) => ({ data: data as Float32Array, dims }));
  }
}
