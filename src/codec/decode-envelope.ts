import { parseLabel } from '../core/labels';
import { FASHION_MNIST, pixelsOf, type ModelShape } from '../core/model-shape';
import { messageOf } from '../core/errors';
import { countFields, measureJson } from './json-limits';
import { Refused } from './refused';

/** Content of an envelope: the bytes of an image (raw pixels, PNG, JPEG or WebP), and its description. */
export interface Envelope {
  readonly image: Uint8Array;
  readonly id?: string;
  readonly label?: number;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Opens a JSON envelope: `{"image": base64 | data: URL | number[784] | number[28][28], "id"?, "label"?}`, or a
 * CloudEvent in structured mode (anything with `specversion`) whose `data` is such an object or image, or whose
 * `data_base64` is the image. Pixels are integers from 0 to 255, row-major. Throws Refused with BAD_ENVELOPE, naming
 * the field.
 *
 * Only own members are read, so `__proto__` and similar names have no effect. Duplicate names are refused, because
 * parsers disagree on which one counts.
 */
export function decodeEnvelope(bytes: Uint8Array, shape: ModelShape = FASHION_MNIST): Envelope {
  const root = parseObject(bytes, shape);
  return own(root, 'specversion') === undefined ? fromObject(root, '', shape) : fromCloudEvent(root, shape);
}

/** Room for data besides the image. Millions of fields or levels would occupy a worker for seconds. */
const MOST_FIELDS = 10_000;
const MOST_LEVELS = 32;
const MOST_OTHER_VALUES = 1_000_000;

function parseObject(bytes: Uint8Array, shape: ModelShape): Json {
  const limits = { depth: MOST_LEVELS, fields: MOST_FIELDS, values: MOST_OTHER_VALUES + 2 * pixelsOf(shape) };
  const { problem, fields } = measureJson(bytes, limits);
  if (problem !== undefined) throw bad(`The JSON ${problem}.`);
  const text = toText(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(
      `The JSON cannot be parsed: ${messageOf(error)
        .slice(0, 120)
        .replace(/[^\x20-\x7e]/g, '?')}`,
    );
  }
  if (!isObject(value)) throw bad(`The JSON is ${kindOf(value)}; expected an object with the field "image".`);
  if (countFields(value) < fields) throw bad('A field occurs more than once in the same object.');
  return value;
}

function toText(bytes: Uint8Array): string {
  try {
    // Also removes a byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw bad('The JSON is not valid UTF-8.');
  }
}

/** `at` is the path of the object, for error messages. */
function fromObject(object: Json, at: string, shape: ModelShape): Envelope {
  const image = own(object, 'image');
  if (image === undefined) {
    const names = Object.keys(object).slice(0, 8).map(printable).join(', ');
    throw bad(`The field "${at}image" is missing; there ${names === '' ? 'are none' : `is ${names}`}.`);
  }
  return { image: toImage(image, `${at}image`, shape), ...about(object, at, shape) };
}

function fromCloudEvent(event: Json, shape: ModelShape): Envelope {
  const version = own(event, 'specversion');
  if (version !== '1.0' && version !== '0.3') {
    throw bad(`The field "specversion" is ${kindOf(version)}; expected "1.0".`);
  }
  const eventId = own(event, 'id');
  if (typeof eventId !== 'string' || eventId === '')
    throw bad('The field "id" of a CloudEvent must be a text.');
  return { ...about(event, '', shape), ...fromEventData(event, shape) };
}

function fromEventData(event: Json, shape: ModelShape): Envelope {
  const data = own(event, 'data');
  const base64 = own(event, 'data_base64');
  if (data !== undefined && base64 !== undefined)
    throw bad('A CloudEvent has either "data" or "data_base64", not both.');
  if (base64 !== undefined) return fromEventBytes(base64, own(event, 'datacontenttype'), shape);
  if (data === undefined) throw bad('The field "data" (or "data_base64") is missing.');
  return isObject(data) ? fromObject(data, 'data.', shape) : { image: toImage(data, 'data', shape) };
}

function fromEventBytes(base64: unknown, contentType: unknown, shape: ModelShape): Envelope {
  if (typeof base64 !== 'string')
    throw bad(`The field "data_base64" is ${kindOf(base64)}; expected base64 text.`);
  const bytes = fromBase64(base64, 'data_base64');
  const isJson = typeof contentType === 'string' && /^[^;]*json\s*(;|$)/i.test(contentType);
  return isJson ? fromObject(parseObject(bytes, shape), 'data_base64.', shape) : { image: bytes };
}

function about(object: Json, at: string, { labels }: ModelShape): { id?: string; label?: number } {
  const id = own(object, 'id') ?? undefined;
  const label = own(object, 'label') ?? undefined;
  return {
    ...(id === undefined ? {} : { id: toId(id, `${at}id`) }),
    ...(label === undefined ? {} : { label: toLabel(label, `${at}label`, labels) }),
  };
}

/**
 * JSON may contain half a surrogate pair ("\ud800"), which UTF-8 and URLs cannot represent: as with invalid UTF-8,
 * U+FFFD replaces it.
 */
function toId(value: unknown, field: string): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'string' && value.length > 0 && value.length <= 1024)
    return value.replace(/\p{Surrogate}/gu, '\ufffd');
  throw bad(`The field "${field}" is ${kindOf(value)}; expected 1 to 1024 characters or an integer.`);
}

function toLabel(value: unknown, field: string, labels: readonly string[]): number {
  const label = parseLabel(value, labels);
  if (label === undefined)
    throw bad(`The field "${field}" is ${kindOf(value)}; expected 0–${labels.length - 1} or a class name.`);
  return label;
}

function toImage(value: unknown, field: string, shape: ModelShape): Uint8Array {
  if (typeof value === 'string') return fromBase64(value, field);
  if (Array.isArray(value)) return fromNumbers(value as readonly unknown[], field, shape);
  throw bad(
    `The field "${field}" is ${kindOf(value)}; expected base64 text, ${pixelsOf(shape)} numbers or ${shape.height} rows of ${shape.width}.`,
  );
}

const DATA_URL = /^data:[\w.+-]*\/?[\w.+-]*(;[\w.+-]+=[^;,]*)*;base64,/i;

/** Standard or URL-safe alphabet, line breaks allowed. `Buffer.from` alone would skip any invalid characters. */
function fromBase64(text: string, field: string): Uint8Array {
  const prefix = /^data:/i.test(text) ? DATA_URL.exec(text.slice(0, 256))?.[0] : '';
  if (prefix === undefined) throw bad(`The field "${field}" is a data: URL without ";base64,".`);
  const digits = text.slice(prefix.length).replace(/[\r\n\t ]/g, '');
  if (digits === '') throw bad(`The field "${field}" is empty.`);
  if (!isBase64(digits)) throw bad(`The field "${field}" is a text that is not base64.`);
  return Buffer.from(digits, 'base64');
}

/** The text may be megabytes long: a backtracking pattern overflows V8's stack when V8 does not optimize it. */
function isBase64(text: string): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = text.length - padding;
  if (length === 0 || length % 4 === 1) return false;
  return !/[^A-Za-z0-9+/_-]/.test(text.slice(0, length));
}

function fromNumbers(values: readonly unknown[], field: string, shape: ModelShape): Uint8Array {
  const { height, width } = shape;
  const count = pixelsOf(shape);
  if (values.length === count) return Uint8Array.from(values, (value, i) => toPixel(value, `${field}[${i}]`));
  if (values.length !== height) {
    throw bad(
      `The field "${field}" has ${values.length} entries; expected ${count}, or ${height} rows of ${width}.`,
    );
  }
  const pixels = new Uint8Array(count);
  for (const [y, row] of values.entries()) pixels.set(fromRow(row, `${field}[${y}]`, width), y * width);
  return pixels;
}

function fromRow(row: unknown, field: string, width: number): Uint8Array {
  if (!Array.isArray(row)) throw bad(`The field "${field}" is ${kindOf(row)}; expected ${width} numbers.`);
  const values = row as readonly unknown[];
  if (values.length !== width)
    throw bad(`The field "${field}" has ${values.length} entries; expected ${width}.`);
  return Uint8Array.from(values, (value, x) => toPixel(value, `${field}[${x}]`));
}

function toPixel(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255) return value;
  const hint = typeof value === 'number' && value > 0 && value < 1 ? ' (multiply by 255)' : '';
  throw bad(`The field "${field}" is ${kindOf(value)}; expected an integer from 0 to 255${hint}.`);
}

/** Own members only: `{"__proto__": …}` or a polluted Object.prototype must have no effect. */
function own(object: Json, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return `the text "${printable(value)}"`;
  return value === undefined ? 'missing' : JSON.stringify(value);
}

function printable(text: string): string {
  const clean = text.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
  return text.length > 40 ? `${clean}…` : clean;
}

function bad(message: string): Refused {
  return new Refused('BAD_ENVELOPE', message);
}
