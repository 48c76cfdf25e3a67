import { StreamInferError } from '../core/errors';
import { isFashionMnist } from '../core/model-shape';
import { nameOrFolder, type ModelFiles } from '../models/files/model';
import type { Int8Facts } from '../models/files/schema';

/** The quantization of the model. Throws MODEL_MISSING, with the command that creates it. */
export function requireInt8(files: ModelFiles): Int8Facts {
  if (files.int8) return files.int8;
  throw new StreamInferError(
    'MODEL_MISSING',
    `The model ${files.name}@${files.version} in ${files.dir} has no int8.json, which --precision int8 requires; ` +
      `create it with: stream-infer models quantize ${nameOrFolder(files)}`,
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
