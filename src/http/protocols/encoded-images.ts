import { badFields } from '../problems';
import type { ImageToClassify } from '../services';

const LENGTH_BYTES = 4;

/** Image files as base64 in JSON; a worker decodes them and reports errors. Throws BAD_REQUEST for other values. */
export function toEncoded(values: readonly unknown[], field: string): readonly ImageToClassify[] {
  return values.map((value, at) => {
    if (typeof value === 'string') return fromBase64(value);
    const shown = (JSON.stringify(value) ?? typeof value).slice(0, 60);
    throw badFields([
      { field, value: `${shown} at ${at}`, message: 'BYTES values are base64 texts of files' },
    ]);
  });
}

/** One image file as base64, in an envelope as in messages. */
export function fromBase64(base64: string): ImageToClassify {
  return { bytes: Buffer.from(JSON.stringify({ image: base64 })), contentType: 'application/json' };
}

/** Image files of the binary extension, each after its length in four bytes. Throws BAD_REQUEST. */
export function toPrefixed(binary: Buffer, count: number, field: string): readonly ImageToClassify[] {
  const images: ImageToClassify[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const start = at + LENGTH_BYTES;
    const end = start <= binary.length ? start + binary.readUInt32LE(at) : Infinity;
    if (end > binary.length) throw badElements(field, count, `only ${i} complete`);
    images.push({ bytes: binary.subarray(start, end) });
    at = end;
  }
  if (at < binary.length) throw badElements(field, count, `${binary.length - at} bytes after them`);
  return images;
}

function badElements(field: string, count: number, found: string): Error {
  const message = `must be ${count} elements for this shape, each after its length in 4 bytes, little-endian`;
  return badFields([{ field, value: found, message }]);
}
