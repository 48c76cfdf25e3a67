import { Refused } from './refused';

const DATA_URL = /^data:[\w.+-]*\/?[\w.+-]*(;[\w.+-]+=[^;,]*)*;base64,/i;

/** Standard or URL-safe alphabet, line breaks allowed. `Buffer.from` alone would skip any invalid characters. */
export function fromBase64(text: string, field: string): Uint8Array {
  const prefix = /^data:/i.test(text) ? DATA_URL.exec(text.slice(0, 256))?.[0] : '';
  if (isAddress(text)) throw bad(`The field "${field}" is an address; ${REFERENCE_HINT}.`);
  if (prefix === undefined) throw bad(`The field "${field}" is a data: URL without ";base64,".`);
  const digits = text.slice(prefix.length).replace(/[\r\n\t ]/g, '');
  if (digits === '') throw bad(`The field "${field}" is empty.`);
  if (!isBase64(digits)) throw bad(`The field "${field}" is a text that is not base64.`);
  return Buffer.from(digits, 'base64');
}

/** The remedy for a message that names its image where references are not configured, or not read. */
export const REFERENCE_HINT =
  'images are fetched for messages of the stream only, from the places in references.allow';

export function isAddress(text: string): boolean {
  return /^\s*(https?|s3|gs|file):\/\//i.test(text.slice(0, 100));
}

/** The text may be megabytes long: a backtracking pattern overflows V8's stack when V8 does not optimize it. */
function isBase64(text: string): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = text.length - padding;
  if (length === 0 || length % 4 === 1) return false;
  return !/[^A-Za-z0-9+/_-]/.test(text.slice(0, length));
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return `the text "${printable(value)}"`;
  return value === undefined ? 'missing' : JSON.stringify(value);
}

export function printable(text: string): string {
  const clean = text.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
  return text.length > 40 ? `${clean}…` : clean;
}

export function bad(message: string): Refused {
  return new Refused('BAD_ENVELOPE', message);
}
