import type { Precision } from '../../core/precision';
import type { ModelFiles } from '../../models/files/model';
import { pixelSizes } from '../onnx-file/preprocess';
import { PIXELS, VALUES, withPixelInput } from '../onnx-file/rewrite';
import { INPUT, OUTPUT, compileToInt8, compileToOnnx, inputShape } from '../onnx/compile';
import { requireInt8 } from '../requirements';

/** A model for onnxruntime that takes uint8 pixels. */
export interface OnnxProgram {
  readonly model: Uint8Array;
  /** Names of the tensors. */
  readonly input: string;
  readonly output: string;
  /** Sizes of one image. */
  readonly sizes: readonly number[];
  /** The only batch that the model takes. */
  readonly batch?: number | undefined;
}

/** Compiles a model of layers, or puts the preprocessing into an ONNX file. Throws as `ModelRuntime.load` rejects. */
export function programOf(files: ModelFiles, precision: Precision): OnnxProgram {
  const { network, shape } = files;
  if (network.kind !== 'onnx') {
    const model = precision === 'int8' ? compileToInt8(files, requireInt8(files)) : compileToOnnx(files);
    const [, ...sizes] = inputShape(shape, null);
    return { model, input: INPUT, output: OUTPUT, sizes };
  }
  if (precision === 'int8') requireInt8(files);
  const { layout, batch } = network.input;
  const sizes = pixelSizes(shape, layout);
  return { model: withPixelInput(network, files), input: PIXELS, output: VALUES, sizes, batch };
}
