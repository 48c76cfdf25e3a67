import { isStreamInferError, type StreamInferError } from '../core/errors';
import { readModelFiles } from '../models/files';
import { quantizeModel, type QuantizeOptions, type QuantizeResult } from '../training/quantize';

/** Adds the int8 variant. A failure is returned, because the model is usable without it. */
export async function addInt8(
  dir: string,
  images: Pick<QuantizeOptions, 'training' | 'test'>,
): Promise<QuantizeResult | StreamInferError> {
  try {
    return await quantizeModel({ files: await readModelFiles(dir), ...images });
  } catch (error) {
    if (isStreamInferError(error)) return error;
    throw error;
  }
}
