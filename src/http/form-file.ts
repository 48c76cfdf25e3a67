import Busboy, { type BusboyInstance } from '@fastify/busboy';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { StreamInferError } from '../core/errors';

export interface FormFile {
  readonly bytes: Buffer;
  /** Content type of the part; absent for plain text, the default of a part without one. */
  readonly contentType?: string;
}

/** Forms have few fields and headers; parsing thousands would block the main thread. */
const LIMITS = { parts: 100, headerPairs: 50, headerSize: 16 * 1024 } as const;
const SLICE = 64 * 1024;

/** The first file of a multipart form. Rejects with BAD_REQUEST if the form is malformed, too large or without a file. */
export async function readFormFile(body: Buffer, contentType: string): Promise<FormFile> {
  const parser = parserOf(contentType);
  let file: Promise<FormFile> | undefined;
  parser.on('file', (_field, content, _name, _encoding, type) => {
    if (file !== undefined) return void content.resume();
    file = buffer(content).then((bytes) => ({ bytes, ...(type !== 'text/plain' && { contentType: type }) }));
    // The parser also reports a form that ends within the file.
    file.catch(() => undefined);
  });
  parser.once('partsLimit', () => parser.destroy(new Error(`it has more than ${LIMITS.parts} parts`)));
  await pipeline(Readable.from(slices(body)), parser).catch(malformed);
  if (file === undefined) throw new StreamInferError('BAD_REQUEST', 'the multipart form contains no file');
  return await file.catch(malformed);
}

function parserOf(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: LIMITS,
      isPartAFile: (_field, _type, name) => name !== undefined,
    });
  } catch (cause) {
    return malformed(cause);
  }
}

function* slices(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += SLICE) yield body.subarray(at, at + SLICE);
}

function malformed(cause: unknown): never {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  throw new StreamInferError('BAD_REQUEST', `the multipart form is malformed${why}`, { cause });
}
