import { StreamInferError } from '../core/errors';
import { readBounded } from './image-file';

/** An array of numbers that NumPy saved, row-major. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array | Float32Array | Float64Array;
}

/** 1 GB of pixels are 6,000 images of 224 × 224. */
const MOST_BYTES = 2 ** 30;
const MAGIC = '\x93NUMPY';

/** Reads uint8, float32 or float64 in C order. Rejects with FILE_UNREADABLE or DATASET_CORRUPT. */
export async function readNpy(file: string): Promise<NpyArray> {
  const bytes = await readBounded(file, MOST_BYTES);
  if (bytes.subarray(0, 6).toString('latin1') !== MAGIC) throw malformed(file, 'it is not an .npy file');
  const isShort = bytes[6] === 1;
  const start = isShort ? 10 : 12;
  const length = bytes.length < start ? 0 : isShort ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  const header = bytes.subarray(start, start + length).toString('latin1');
  const shape = shapeIn(header);
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? '';
  if (shape === undefined || !/'fortran_order':\s*False/.test(header))
    throw malformed(file, 'its array is not in C order');
  const values = valuesOf(type, new Uint8Array(bytes.subarray(start + length)));
  if (values === undefined)
    throw malformed(file, `its type is ${type || 'unknown'}, not uint8, float32 or float64`);
  const expected = shape.reduce((product, size) => product * size, 1);
  if (values.length !== expected)
    throw malformed(file, `it has ${values.length} numbers instead of ${expected}`);
  return { shape, values };
}

function shapeIn(header: string): number[] | undefined {
  const text = /'shape':\s*\(([\d, ]*)\)/.exec(header)?.[1];
  return text
    ?.split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
}

function valuesOf(type: string, data: Uint8Array<ArrayBuffer>): NpyArray['values'] | undefined {
  const whole = (bytes: number) => data.buffer.slice(0, data.length - (data.length % bytes));
  switch (type) {
    case '|u1':
      return data;
    case '<f4':
      return new Float32Array(whole(4));
    case '<f8':
      return new Float64Array(whole(8));
    default:
      return undefined;
  }
}

function malformed(file: string, problem: string): StreamInferError {
  return new StreamInferError('DATASET_CORRUPT', `${file}: ${problem}`);
}
