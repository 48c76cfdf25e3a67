import { firstVisible } from '../codec/detect-format';
import { isObject, own, parseObject, type Json } from '../codec/open-envelope';
import { headerText, type Delivery, type Header } from '../core/message';
import { isNamedImage, memberText, withAbout, type Found } from './named-image';
import { findInAttributes, findInNotification, findInStorageEvent } from './notifications';
import { looksLikeReference, MOST_CHARACTERS, parseReference } from './parse-reference';
import { refuse } from './reference';

/** A larger JSON carries its image itself, bytes. */
const MOST_JSON_BYTES = 64 * 1024;
/** Of numbers in a JSON that carries a reference instead of an image. */
const MOST_NUMBERS = 10_000;
/** In these fields a message without an image may name one. */
const NAMES = ['reference', 'url', 'uri', 'image_url'];
/** An address, also with escaped slashes, or a notification. */
const MAY_REFER = /:(\/\/|\\\/\\\/)|"bucket"/i;

/**
 * Finds the image elsewhere that a message names: by its text, by a field of JSON, or in a notification
 * of a store. Undefined for every other message, also for one without an image.
 */
export function findReference({ value, headers }: Pick<Delivery, 'value' | 'headers'>): Found {
  if (value === null || value.length === 0) return headers.length === 0 ? undefined : findInHeaders(headers);
  const first = firstVisible(value);
  if (first === undefined) return findInHeaders(headers);
  if (first === '{') return findInJson(value, headers);
  return /[hgsf#]/i.test(first) ? findInText(value) : undefined;
}

function findInHeaders(headers: readonly Header[]): Found {
  const notified = findInAttributes(headers);
  if (notified !== undefined) return notified;
  const text = ['reference', 'ce_dataref', 'ce-dataref']
    .map((name) => headerText(headers, name))
    .find((one) => one !== undefined);
  // A header `id` or `label` stays in force.
  return text === undefined ? undefined : withAbout(parseReference(text.trim()), {});
}

function findInText(value: Buffer): Found {
  if (value.length > 2 * MOST_CHARACTERS) return undefined;
  const lines = value
    .toString('utf8')
    .split(/\r?\n/)
    .map((line) => line.trim())
    // Comments of a list of addresses (text/uri-list).
    .filter((line) => line !== '' && !line.startsWith('#'));
  const [line] = lines;
  if (line === undefined || !looksLikeReference(line)) return undefined;
  if (lines.length > 1)
    return refuse('REFERENCE_INVALID', `the message has ${lines.length} lines; a reference is one of them`);
  return withAbout(parseReference(line), {});
}

function findInJson(value: Buffer, headers: readonly Header[]): Found {
  // Base64 has no colon: most messages with an image are not parsed here.
  if (value.length > MOST_JSON_BYTES || !MAY_REFER.test(value.toString('latin1'))) return undefined;
  const notified = findInAttributes(headers);
  if (notified !== undefined) return notified;
  const root = parseOrUndefined(value);
  if (root === undefined) return undefined;
  if (own(root, 'specversion') !== undefined) return findInCloudEvent(root);
  const type = headerText(headers, 'ce_type') ?? headerText(headers, 'ce-type') ?? '';
  return findInStorageEvent(type, root) ?? findInObject(root);
}

/** Undefined for JSON that the decoder refuses with a reason. */
function parseOrUndefined(value: Buffer): Json | undefined {
  try {
    return parseObject(value, MOST_NUMBERS);
  } catch {
    return undefined;
  }
}

function findInObject(object: Json): Found {
  const image = own(object, 'image');
  const text = typeof image === 'string' ? image.trim() : isObject(image) ? firstText(image) : undefined;
  if (text !== undefined && looksLikeReference(text)) return withAbout(parseReference(text), object);
  if (image !== undefined) return undefined;
  const named = firstText(object);
  if (named !== undefined && looksLikeReference(named)) return withAbout(parseReference(named), object);
  return findInNotification(object);
}

function firstText(object: Json): string | undefined {
  return NAMES.map((name) => memberText(object, name))
    .find((text) => text !== undefined)
    ?.trim();
}

/** Data that is there counts, not its reference. */
function findInCloudEvent(event: Json): Found {
  const data = own(event, 'data') ?? undefined;
  if (own(event, 'data_base64') !== undefined) return undefined;
  const found = data === undefined ? findDataref(event) : findInData(event, data);
  if (!isNamedImage(found)) return found;
  const about = withAbout(found.reference, event);
  return 'code' in about ? about : { ...about, ...found };
}

function findDataref(event: Json): Found {
  const text = memberText(event, 'dataref');
  return text === undefined ? undefined : withAbout(parseReference(text.trim()), {});
}

function findInData(event: Json, data: unknown): Found {
  if (typeof data === 'string')
    return looksLikeReference(data.trim()) ? withAbout(parseReference(data.trim()), {}) : undefined;
  if (!isObject(data)) return undefined;
  return findInStorageEvent(memberText(event, 'type') ?? '', data) ?? findInObject(data);
}
