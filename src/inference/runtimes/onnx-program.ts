import type { Precision } from '../../core/precision';
import type { ModelFiles } from '../../models/files/model';
import { pixelSizes } from '../onnx-file/preprocess';
import { PIXELS, valuesOf, withNumberInput, withPixelInput } from '../onnx-file/rewrite';
import { INPUT, OUTPUT, compileForNumbers, compileToInt8, compileToOnnx, inputShape } from '../onnx/compile';
import { requireInt8 } from '../requirements';

/** A model for onnxruntime that takes uint8 pixels, or the numbers that the network is fed. */
export interface OnnxProgram {
  readonly model: Uint8Array;
  /** Names of the tensors. */
  readonly input: string;
  readonly type: 'uint8' | 'float32';
  readonly outputs: readonly string[];
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
    return { model, input: INPUT, type: 'uint8', outputs: [OUTPUT], sizes };
  }
  if (precision === 'int8') requireInt8(files);
  const { layout, batch } = network.input;
  const sizes = pixelSizes(shape, layout);
  const model = withPixelInput(network, files);
  return { model, input: PIXELS, type: 'uint8', outputs: valuesOf(network), sizes, batch };
}

/** The same without preprocessing, in float32. Throws as `programOf` does. */
export function numberProgramOf(files: ModelFiles): OnnxProgram {
  const { network, shape } = files;
  if (network.kind !== 'onnx') {
    const [, ...sizes] = inputShape(shape, null);
    return { model: compileForNumbers(files), input: INPUT, type: 'float32', outputs: [OUTPUT], sizes };
  }
  const { shape: sizes, batch } = network.input;
  return {
    model: withNumberInput(network, files),
    input: PIXELS,
    type: 'float32',
    outputs: valuesOf(network),
    sizes,
    batch,
  };
}
