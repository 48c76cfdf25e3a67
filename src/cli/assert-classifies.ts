import { StreamInferError } from '../core/errors';
import type { ModelFiles } from '../models/files';

/** Throws USAGE for a model that finds objects, whose results cannot be compared with true classes. */
export function assertClassifies({ output, dir }: Pick<ModelFiles, 'output' | 'dir'>): void {
  if (!output.objects) return;
  throw new StreamInferError(
    'USAGE',
    `${dir} finds objects, and boxes have no true class to compare with; ` +
      'look at results with: models inspect <model> <images>',
  );
}
