import type { Resolution } from '../core/resolver';
import type { RecordFields } from './field-mapping';
import { invalid } from './invalid';

const MOST_ID_CHARACTERS = 1_024;

/** The image of a record as a message would have it without a schema: its bytes, or an envelope with its text or numbers. */
export function toResolution({ image, id, label }: RecordFields): Resolution {
  if (image === undefined || image === null) return invalid('the field of the image is empty');
  const about = { id: toText(id, 'id'), label: toText(label, 'label') };
  if (about.id instanceof Error) return invalid(about.id.message);
  if (about.label instanceof Error) return invalid(about.label.message);
  const found = { kind: 'resolved', id: about.id, label: about.label } as const;
  if (Buffer.isBuffer(image)) return { ...found, value: image };
  if (typeof image === 'string' || isNumbers(image))
    return { ...found, value: Buffer.from(JSON.stringify({ image })), contentType: 'application/json' };
  return invalid(`the field of the image is ${kindOf(image)}; expected bytes, text or numbers`);
}

/** Absent where the record has none. */
function toText(value: unknown, name: string): string | undefined | Error {
  if (value === undefined || value === null || value === '') return undefined;
  const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  if (isText && String(value).length <= MOST_ID_CHARACTERS) return String(value);
  return new Error(`the field of the ${name} is ${kindOf(value)}; expected text or a number`);
}

function isNumbers(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'number' || isNumbers(one));
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  return typeof value === 'object' ? 'a record' : `a ${typeof value}`;
}
