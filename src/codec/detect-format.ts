import type { ImageFormat } from '../core/image';
import { FASHION_MNIST, bytesPerImage } from '../core/model-shape';
import { isAddress, REFERENCE_HINT } from './envelope-values';
import { isRawPixels } from './raw-pixels';
import type { Refusal } from './refused';
import { recognise } from './signatures';

/**
 * Format according to the content type; `undefined` for one without information (application/octet-stream,
 * text/plain, …).
 */
export type Declared = 'image' | 'json' | 'cloudevent' | { readonly unsupported: string } | undefined;

/**
 * Determines the format of a message's value from its content type and its first bytes. Runs on the main thread for
 * every message, so it reads no more than necessary.
 *
 * With a content type, magic bytes of a known image take precedence (producers often mislabel PNG as JPEG). JSON
 * types are accepted. Unknown bytes under an image type are NOT_AN_IMAGE. Without one, the shape decides, in this
 * order. Exactly as many bytes as the model has pixels (784) are raw ones unless they are a file or a JSON text (see
 * `isRawPixels`). Magic bytes follow. Text that starts with `{` or `[` is JSON, and a CloudEvent if it contains
 * "specversion".
 *
 * Refuses with EMPTY (null, no bytes, only white space), UNSUPPORTED_FORMAT (naming it) or NOT_AN_IMAGE.
 */
export function detectFormat(
  value: Uint8Array | null,
  contentType: string | undefined,
  pixels: number = bytesPerImage(FASHION_MNIST),
): ImageFormat | Refusal {
  if (value === null) return { code: 'EMPTY', message: 'The message has no value (a tombstone).' };
  if (value.length === 0) return { code: 'EMPTY', message: 'The value has 0 bytes.' };
  const declared = contentType === undefined ? undefined : parseContentType(contentType);
  return declared === undefined
    ? byShape(value, pixels)
    : byContentType(value, declared, contentType ?? '', pixels);
}

/** Undefined where the type contains no information about an image. */
export function parseContentType(contentType: string): Declared {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/cloudevents+json') return 'cloudevent';
  if (type.startsWith('application/cloudevents')) return { unsupported: shorten(type) };
  if (type === 'application/json' || type === 'text/json' || type.endsWith('+json')) return 'json';
  if (/^image\/(x-)?(png|apng|jpe?g|pjpeg|webp)$/.test(type)) return 'image';
  if (type.startsWith('image/')) return { unsupported: shorten(type) };
  return undefined;
}

const EVENT_BATCH = 'application/cloudevents-batch+json';
const EVENTS_TOGETHER: Refusal = {
  code: 'UNSUPPORTED_FORMAT',
  message:
    'A batch of CloudEvents is decoded only with input.batches: cloudevents, and as a JSON array of 1 to 1,000 events.',
};

function byContentType(
  value: Uint8Array,
  declared: NonNullable<Declared>,
  contentType: string,
  pixels: number,
): ImageFormat | Refusal {
  const signature = recognise(value);
  if (signature?.format !== undefined) return signature.format;
  if (isBlank(value)) return blank(value);
  if (typeof declared === 'object')
    return declared.unsupported === EVENT_BATCH ? EVENTS_TOGETHER : unsupported(declared.unsupported, pixels);
  if (declared !== 'image') return declared;
  if (signature !== undefined) return unsupported(signature.name, pixels);
  return {
    code: 'NOT_AN_IMAGE',
    message: `The content type is ${shorten(contentType)}, but the ${value.length} bytes ${describe(value)}.`,
  };
}

function byShape(value: Uint8Array, pixels: number): ImageFormat | Refusal {
  if (isRawPixels(value, pixels)) return 'raw';
  const signature = recognise(value);
  if (signature !== undefined) return signature.format ?? unsupported(signature.name, pixels);
  const first = firstVisible(value);
  if (first === undefined) return blank(value);
  if (first === '{' || first === '[')
    return asBuffer(value).includes('"specversion"') ? 'cloudevent' : 'json';
  if (first === '<' && asBuffer(value).subarray(0, 1024).includes('<svg')) return unsupported('SVG', pixels);
  return {
    code: 'NOT_AN_IMAGE',
    message:
      `The ${value.length} bytes ${describe(value)}. ` +
      `Expected ${pixels} raw bytes, PNG, JPEG, WebP, or JSON {"image": …}.`,
  };
}

function unsupported(name: string, pixels: number): Refusal {
  return {
    code: 'UNSUPPORTED_FORMAT',
    message: `${name} is not decoded here; send PNG, JPEG, WebP or ${pixels} raw bytes.`,
  };
}

function blank(value: Uint8Array): Refusal {
  return { code: 'EMPTY', message: `The ${value.length} bytes are only white space.` };
}

/** Describes the bytes, with the remedy where there is an obvious one. */
function describe(value: Uint8Array): string {
  const head = asBuffer(value).subarray(0, 256).toString('latin1').trim();
  if (/^data:/i.test(head)) return 'are a data: URL; send {"image": "data:…"} or the decoded bytes';
  if (isAddress(head)) return `are an address; ${REFERENCE_HINT}`;
  const inner = recognise(Buffer.from(/^"?([\w+/-]{16,})/.exec(head)?.[1]?.slice(0, 64) ?? '', 'base64'));
  if (inner !== undefined)
    return `are the base64 text of a ${inner.name} file; decode it first, or send {"image": "…"}`;
  if (/^<(!doctype|html|head|body)/i.test(head)) return 'are an HTML page';
  if (/^[\x20-\x7e\s]+$/.test(head)) return 'are text';
  const schema = framedSchema(asBuffer(value));
  if (schema !== undefined)
    return `begin like a record with the schema ${schema} of a Schema Registry; set schemaRegistry.url`;
  return `start with ${asBuffer(value).subarray(0, 8).toString('hex')}, which is not a known image format`;
}

/** Above this, four bytes are hardly the id of a schema. */
const MOST_SCHEMAS = 10_000_000;

/** The id in the frame that clients of a Schema Registry put in front of a record: a zero, and four bytes. */
function framedSchema(value: Buffer): number | undefined {
  if (value.length <= 5 || value[0] !== 0) return undefined;
  const id = value.readUInt32BE(1);
  return id > 0 && id <= MOST_SCHEMAS ? id : undefined;
}

function isBlank(value: Uint8Array): boolean {
  return firstVisible(value) === undefined;
}

/** The first character that is neither white space nor a byte order mark. */
export function firstVisible(value: Uint8Array): string | undefined {
  const start = value[0] === 0xef && value[1] === 0xbb && value[2] === 0xbf ? 3 : 0;
  for (let i = start; i < value.length; i++) {
    const byte = value[i] as number;
    if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) return String.fromCharCode(byte);
  }
  return undefined;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Header text becomes part of error messages: no control characters, and a bounded length. */
function shorten(text: string): string {
  const clean = text.replace(/[^\x20-\x7e]/g, '?');
  return clean.length > 80 ? `${clean.slice(0, 80)}…` : clean;
}
