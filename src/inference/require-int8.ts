import { StreamInferError } from '../core/errors';
import type { Int8Facts, ModelFiles } from '../models/files';
import { nameOrFolder } from '../models/files/model';

/** What the model needs to run in 8-bit integers. Throws MODEL_MISSING with the command that makes it. */
export function requireInt8(files: ModelFiles): Int8Facts {
  if (files.int8) return files.int8;
  throw new StreamInferError(
    'MODEL_MISSING',
    `The model ${files.name}@${files.version} in ${files.dir} was not made for --precision int8 (it has no int8.json); ` +
      `make it with: stream-infer models quantize ${nameOrFolder(files)}`,
  );
}
