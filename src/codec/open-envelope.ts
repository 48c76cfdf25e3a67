import { messageOf } from '../core/errors';
import { bad, fromBase64, kindOf, printable } from './envelope-values';
import { countFields, measureJson } from './json-limits';

/** A member of the JSON, with its path for error messages. */
export interface Field {
  readonly value: unknown;
  readonly name: string;
}

/** Members of an envelope, unchecked. */
export interface OpenedEnvelope {
  readonly image: Field;
  readonly id?: Field;
  readonly label?: Field;
}

export type Json = Readonly<Record<string, unknown>>;

/** Room for data besides the image. Millions of fields or levels would occupy a worker for seconds. */
const MOST_FIELDS = 10_000;
const MOST_LEVELS = 32;
const MOST_OTHER_VALUES = 1_000_000;

/**
 * Finds the members of an envelope: see `decodeEnvelope`. Throws Refused with BAD_ENVELOPE.
 *
 * Only own members are read, so `__proto__` and similar names have no effect. Duplicate names are refused, because
 * parsers disagree on which one counts.
 *
 * @param mostNumbers of the image
 */
export function openEnvelope(bytes: Uint8Array, mostNumbers: number): OpenedEnvelope {
  const root = parseObject(bytes, mostNumbers);
  return own(root, 'specversion') === undefined ? openObject(root, '') : openCloudEvent(root, mostNumbers);
}

/**
 * The object in a JSON text. Throws Refused with BAD_ENVELOPE.
 *
 * @param mostNumbers of an image
 */
export function parseObject(bytes: Uint8Array, mostNumbers: number): Json {
  const limits = { depth: MOST_LEVELS, fields: MOST_FIELDS, values: MOST_OTHER_VALUES + 2 * mostNumbers };
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

/** `at` is the path of the object. */
function openObject(object: Json, at: string): OpenedEnvelope {
  const image = own(object, 'image');
  if (image === undefined) {
    const names = Object.keys(object).slice(0, 8).map(printable).join(', ');
    throw bad(`The field "${at}image" is missing; there ${names === '' ? 'are none' : `is ${names}`}.`);
  }
  return { image: { value: image, name: `${at}image` }, ...about(object, at) };
}

function openCloudEvent(event: Json, mostNumbers: number): OpenedEnvelope {
  const version = own(event, 'specversion');
  if (version !== '1.0' && version !== '0.3') {
    throw bad(`The field "specversion" is ${kindOf(version)}; expected "1.0".`);
  }
  const eventId = own(event, 'id');
  if (typeof eventId !== 'string' || eventId === '')
    throw bad('The field "id" of a CloudEvent must be a text.');
  return { ...about(event, ''), ...openEventData(event, mostNumbers) };
}

function openEventData(event: Json, mostNumbers: number): OpenedEnvelope {
  const data = own(event, 'data');
  const base64 = own(event, 'data_base64');
  if (data !== undefined && base64 !== undefined)
    throw bad('A CloudEvent has either "data" or "data_base64", not both.');
  if (base64 !== undefined) return openEventBytes(base64, own(event, 'datacontenttype'), mostNumbers);
  if (data === undefined) throw bad('The field "data" (or "data_base64") is missing.');
  return isObject(data) ? openObject(data, 'data.') : { image: { value: data, name: 'data' } };
}

function openEventBytes(base64: unknown, contentType: unknown, mostNumbers: number): OpenedEnvelope {
  if (typeof base64 !== 'string')
    throw bad(`The field "data_base64" is ${kindOf(base64)}; expected base64 text.`);
  const isJson = typeof contentType === 'string' && /^[^;]*json\s*(;|$)/i.test(contentType);
  if (!isJson) return { image: { value: base64, name: 'data_base64' } };
  return openObject(parseObject(fromBase64(base64, 'data_base64'), mostNumbers), 'data_base64.');
}

function about(object: Json, at: string): Omit<OpenedEnvelope, 'image'> {
  const id = own(object, 'id') ?? undefined;
  const label = own(object, 'label') ?? undefined;
  return {
    ...(id === undefined ? {} : { id: { value: id, name: `${at}id` } }),
    ...(label === undefined ? {} : { label: { value: label, name: `${at}label` } }),
  };
}

/** Own members only: `{"__proto__": …}` or a polluted Object.prototype must have no effect. */
export function own(object: Json, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
