import { StreamInferError } from '../core/errors';
import { isFashionMnist } from '../core/model-shape';
import { nameOrFolder, type ModelFiles, type Network } from '../models/files/model';
import type { Int8Facts } from '../models/files/schema';

/** The quantization of the model. Throws MODEL_UNSUPPORTED, or MODEL_MISSING with the command that creates it. */
export function requireInt8(files: ModelFiles): Int8Facts {
  if (files.int8) return files.int8;
  assertQuantizable(files);
  throw new StreamInferError(
    'MODEL_MISSING',
    `the model ${files.name}@${files.version} in ${files.dir} has no int8.json, which --precision int8 requires; ` +
      `create it with: ${quantizeCommandFor(files)}`,
  );
}

/** The command that makes `--precision int8` possible. */
export function quantizeCommandFor(files: Pick<ModelFiles, 'name' | 'version' | 'dir' | 'shape'>): string {
  const images = isFashionMnist(files.shape) ? '' : ' --images <folder>';
  return `stream-infer models quantize ${nameOrFolder(files)}${images}`;
}

/** Why models of a kind cannot be quantized here, and what can be done. */
const NOT_QUANTIZABLE: Readonly<Record<Exclude<Network['kind'], 'layers'>, string>> = {
  graph:
    'a TF.js graph model, which runs in fp32 only. Convert the SavedModel that it was made from with tf2onnx, quantize ' +
    'that with onnxruntime.quantization.quantize_static, and use the ONNX file as the model',
  onnx:
    'an ONNX file, which runs as it is. Quantize it with quantize_static of the Python package onnxruntime.quantization, ' +
    'and use that file as the model: it needs no --precision',
};

/** Throws MODEL_UNSUPPORTED with the remedy for a model that is not made of layers. */
export function assertQuantizable({ network: { kind }, dir }: Pick<ModelFiles, 'network' | 'dir'>): void {
  if (kind === 'layers') return;
  throw new StreamInferError(
    'MODEL_UNSUPPORTED',
    `int8 is for TF.js models of layers; the model in ${dir} is ${NOT_QUANTIZABLE[kind]}`,
  );
}

/** Throws USAGE for a model of other images or classes: Fashion-MNIST's images cannot measure it. */
export function requireFashionMnist(files: ModelFiles): void {
  if (isFashionMnist(files.shape)) return;
  throw new StreamInferError(
    'USAGE',
    `${files.dir} is not a model of Fashion-MNIST's images and classes, which this command measures with`,
  );
}
