import { StreamInferError } from '../core/errors';
import { isFashionMnist } from '../core/model-shape';
import { shapeOf, type ModelFiles } from '../models/files';

/** Throws USAGE for a model of other images or classes, which Fashion-MNIST's images can say nothing about. */
export function requireFashionMnist(files: ModelFiles): void {
  if (isFashionMnist(shapeOf(files))) return;
  throw new StreamInferError(
    'USAGE',
    `${files.dir} is no model of Fashion-MNIST's images and classes, and those are what this command measures with`,
  );
}
