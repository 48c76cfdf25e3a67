import type { DeadLetter } from '../core/dead-letter';
import { headerText, type Delivery, type Header } from '../core/message';
import { REDRIVE_COUNT, isDeadLetterHeader, type DeadLetterHeader } from './dead-letter-headers';

/** Of a delivery only what is needed, so that an encoded letter will do, too. */
export type LetterMessage = Pick<Delivery, 'value' | 'headers'> & { readonly key: Buffer | string | null };

/** The other way of `encodeDeadLetter`; undefined for a message that is no dead letter of this program. */
export function decodeDeadLetter({ key, value, headers }: LetterMessage): DeadLetter | undefined {
  const said = (name: DeadLetterHeader): string | undefined => headerText(headers, name);
  const [code, sourceId, topic] = [said('error-code'), said('source-id'), said('source-topic')];
  if (!code || !sourceId || topic === undefined) return undefined;
  const fullLength = wholeNumber(said('value-length'));
  return {
    sourceId,
    code,
    message: said('error-message') ?? '',
    stage: said('error-stage') ?? '',
    attempts: wholeNumber(said('attempts')) ?? 1,
    failedAt: said('failed-at') ?? '',
    model: said('model') || null,
    source: {
      topic,
      partition: wholeNumber(said('source-partition')) ?? null,
      offset: said('source-offset') || null,
    },
    redriveCount: redriveCountOf(headers),
    valueBytes: fullLength ?? value?.length ?? 0,
    // A shrunk letter has lost its headers, too, even where the whole value fitted.
    complete: fullLength === undefined,
    original: {
      key: typeof key === 'string' ? Buffer.from(key) : key,
      value: said('value-null') === 'true' ? null : (value ?? Buffer.alloc(0)),
      headers: originalHeaders(headers),
    },
  };
}

/** The headers without those of a dead letter and of redriving. */
export function originalHeaders(headers: readonly Header[]): readonly Header[] {
  return headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return lower !== REDRIVE_COUNT && !isDeadLetterHeader(lower);
  });
}

/** 0 for a message that was never redriven, or whose header says nothing sensible. */
export function redriveCountOf(headers: readonly Header[]): number {
  return wholeNumber(headerText(headers, REDRIVE_COUNT)) ?? 0;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
