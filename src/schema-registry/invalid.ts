import { messageOf } from '../core/errors';
import type { RefusedValue } from '../core/resolver';

const MOST_CHARACTERS = 300;

/** A record that has no image. Names in it are those of another program: bounded, and printable. */
export function invalid(reason: unknown): RefusedValue {
  const text = messageOf(reason)
    .slice(0, MOST_CHARACTERS)
    .replace(/[^\x20-\x7e…]/g, '?');
  return { kind: 'refused', code: 'RECORD_INVALID', message: `the record has no usable image: ${text}` };
}
