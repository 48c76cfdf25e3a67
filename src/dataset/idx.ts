import { StreamInferError } from '../core/errors';
import { IMAGE_SIDE } from '../core/image';
import { CLASS_COUNT } from '../core/labels';

/** An IDX file of unsigned bytes: http://yann.lecun.com/exdb/mnist/ (format at the end of the page). */
export interface IdxArray {
  readonly dimensions: readonly number[];
  /** Row-major; shares memory with the parsed bytes. */
  readonly data: Uint8Array;
}

const TYPE_UINT8 = 0x08;

/** Parses `bytes` (decompressed); messages name `file`. Throws DATASET_CORRUPT. */
export function parseIdx(bytes: Uint8Array, file: string): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) throw malformed(file, `it has ${bytes.length} bytes, too few for a header`);
  // Magic number: two zero bytes, the element type, the number of dimensions.
  if (view.getUint16(0) !== 0) {
    throw malformed(file, `it starts with ${hex(view.getUint16(0), 4)} instead of 0x0000`);
  }
  const [type, rank] = [view.getUint8(2), view.getUint8(3)];
  if (type !== TYPE_UINT8)
    throw malformed(file, `its element type is ${hex(type, 2)}; expected 0x08 (uint8)`);
  const headerBytes = 4 + 4 * rank;
  if (rank === 0 || bytes.length < headerBytes)
    throw malformed(file, `its header of ${rank} dimensions is truncated`);
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const expected = headerBytes + dimensions.reduce((a, b) => a * b, 1);
  if (bytes.length !== expected) {
    throw malformed(file, `${dimensions.join(' × ')} needs ${expected} bytes, but it has ${bytes.length}`);
  }
  return { dimensions, data: bytes.subarray(headerBytes) };
}

/** n × 784 pixels from an IDX file of n × 28 × 28. Throws DATASET_CORRUPT. */
export function parseImages(bytes: Uint8Array, file: string): Uint8Array {
  const { dimensions, data } = parseIdx(bytes, file);
  const [, height, width] = dimensions;
  if (dimensions.length !== 3 || height !== IMAGE_SIDE || width !== IMAGE_SIDE) {
    throw malformed(
      file,
      `it contains ${dimensions.join(' × ')}; expected n × ${IMAGE_SIDE} × ${IMAGE_SIDE}`,
    );
  }
  return data;
}

/** n labels (0–9) from an IDX file. Throws DATASET_CORRUPT. */
export function parseLabels(bytes: Uint8Array, file: string): Uint8Array {
  const { dimensions, data } = parseIdx(bytes, file);
  if (dimensions.length !== 1) throw malformed(file, `it has ${dimensions.length} dimensions; expected 1`);
  const wrong = data.findIndex((label) => label >= CLASS_COUNT);
  if (wrong >= 0) throw malformed(file, `label ${wrong} is ${data[wrong]}; expected 0–${CLASS_COUNT - 1}`);
  return data;
}

function malformed(file: string, problem: string): StreamInferError {
  return new StreamInferError('DATASET_CORRUPT', `${file} is not the expected IDX file: ${problem}`);
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
