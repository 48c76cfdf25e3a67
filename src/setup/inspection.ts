import { detectFormat } from '../codec/detect-format';
import type { ImageFormat } from '../core/image';
import { headerText, type Delivery } from '../core/message';
import { FASHION_MNIST, bytesPerImage, type ModelShape } from '../core/model-shape';
import type { InspectionFailure } from '../pipeline/outcomes';

/** Admission check: size first, then format, from the content type if present, otherwise from the bytes. */
export function createInspection(
  maxImageBytes: number,
  shape: ModelShape = FASHION_MNIST,
): (delivery: Pick<Delivery, 'value' | 'headers'>) => ImageFormat | InspectionFailure {
  const pixels = bytesPerImage(shape);
  return ({ value, headers }) => {
    if (value !== null && value.length > maxImageBytes) {
      return {
        code: 'TOO_LARGE_BYTES',
        message: `the message has ${value.length} bytes; the limit is ${maxImageBytes}`,
      };
    }
    return detectFormat(value, headerText(headers, 'content-type'), pixels);
  };
}
