import type { Request } from 'express';
import { parseContentType } from '../codec/detect-format';
import { StreamInferError } from '../core/errors';
import { readFormFile } from './form-file';

/** Default content types of programs (curl --data-binary), which say nothing about the bytes. */
const SAYS_NOTHING = new Set([
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-www-form-urlencoded',
]);
/** Listed in errors; every format of the stream is supported. */
const IMAGE_TYPES = [
  'image/png',
  'image/jpeg',
  'image/webp',
  'application/json',
  'application/cloudevents+json',
];

interface SentImage {
  readonly bytes: Buffer;
  readonly contentType?: string;
}

/** The image of a request: its body, or the first file of a form. Rejects with UNSUPPORTED_FORMAT or BAD_REQUEST. */
export async function readImage(request: Request): Promise<SentImage> {
  // Without a body Express sets an object or undefined.
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const sent = request.get('content-type');
  if (sent !== undefined && /^multipart\/form-data\b/i.test(sent)) {
    const file = await readFormFile(bytes, sent);
    return { bytes: file.bytes, ...knownType(file.contentType) };
  }
  return { bytes, ...knownType(sent) };
}

function knownType(sent: string | undefined): { contentType?: string } {
  const type = sent?.split(';')[0]?.trim().toLowerCase();
  if (type === undefined || SAYS_NOTHING.has(type)) return {};
  if (typeof parseContentType(type) === 'string') return { contentType: type };
  const known = [...IMAGE_TYPES, ...SAYS_NOTHING, 'multipart/form-data'].join(', ');
  throw new StreamInferError(
    'UNSUPPORTED_FORMAT',
    `Content-Type ${JSON.stringify(type)} is not supported; send one of ${known}, or none`,
  );
}
