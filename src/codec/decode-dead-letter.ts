import { z } from 'zod';
import type { DeadLetter } from '../core/dead-letter';
import { headerText, type Delivery, type Header } from '../core/message';
import { checked, type Checked } from './checked';
import { time } from './prediction-schema';
import { REDRIVE_COUNT, isDeadLetterHeader, type DeadLetterHeader } from './dead-letter-headers';

/** Only the required parts of a delivery, so that an encoded dead letter also fits. */
export type LetterMessage = Pick<Delivery, 'value' | 'headers'> & { readonly key: Buffer | string | null };

/** Headers that identify a dead letter of this program; a later version may write other codes. */
const headersSchema = z.object({
  'error-code': z
    .string()
    .max(64)
    .regex(/^[A-Z][A-Z0-9_]*$/),
  'source-id': z.string().min(1),
  'source-topic': z.string(),
  'failed-at': z.union([z.literal(''), time]).default(''),
});

/** The inverse of `encodeDeadLetter`: a dead letter of this program, or why the message is not one. */
export function checkDeadLetter({ key, value, headers }: LetterMessage): Checked<DeadLetter> {
  const said = (name: DeadLetterHeader): string | undefined => headerText(headers, name);
  const names = Object.keys(headersSchema.shape) as (keyof typeof headersSchema.shape)[];
  const required = checked(headersSchema, Object.fromEntries(names.map((name) => [name, said(name)])));
  if ('problem' in required) return required;
  const { 'error-code': code, 'source-id': sourceId, 'failed-at': failedAt } = required.value;
  const fullLength = wholeNumber(said('value-length'));
  const letter: DeadLetter = {
    sourceId,
    code,
    message: said('error-message') ?? '',
    stage: said('error-stage') ?? '',
    attempts: wholeNumber(said('attempts')) ?? 1,
    failedAt,
    model: said('model') || null,
    source: {
      topic: required.value['source-topic'],
      partition: wholeNumber(said('source-partition')) ?? null,
      offset: said('source-offset') || null,
    },
    redriveCount: redriveCountOf(headers),
    valueBytes: fullLength ?? value?.length ?? 0,
    // Without payload its headers are lost, too, even where the whole value fitted.
    complete: fullLength === undefined,
    original: {
      key: typeof key === 'string' ? Buffer.from(key) : key,
      value: said('value-null') === 'true' ? null : (value ?? Buffer.alloc(0)),
      headers: originalHeaders(headers),
    },
  };
  return { value: letter };
}

/** Without the reason: undefined for a message that is not a dead letter of this program. */
export function decodeDeadLetter(message: LetterMessage): DeadLetter | undefined {
  const decoded = checkDeadLetter(message);
  return 'value' in decoded ? decoded.value : undefined;
}

/** The headers without those of a dead letter and of redriving. */
export function originalHeaders(headers: readonly Header[]): readonly Header[] {
  return headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return lower !== REDRIVE_COUNT && !isDeadLetterHeader(lower);
  });
}

/** 0 for a message that was never redriven, or with an invalid header. */
export function redriveCountOf(headers: readonly Header[]): number {
  return wholeNumber(headerText(headers, REDRIVE_COUNT)) ?? 0;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
