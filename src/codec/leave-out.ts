import { endOfValue } from './json-ends';

const QUOTE = 0x22;
const CLOSE_BRACE = 0x7d;

/**
 * The JSON of a prediction without some of its fields. Its bytes are copied, not parsed: a tenth of the time. Only for
 * JSON of this program, which has no spaces between its tokens and no escapes in names.
 *
 * @param names never the first field
 */
export function leaveOut(json: Buffer, names: ReadonlySet<string>): Buffer {
  const kept: Buffer[] = [];
  let keptTo = 0;
  // At the comma before a field, or at the end of the object.
  let at = endOfValue(json, nameEnd(json, 1) + 2);
  while (at < json.length && json[at] !== CLOSE_BRACE) {
    const end = nameEnd(json, at + 1);
    if (end < 0) break;
    const next = endOfValue(json, end + 2);
    if (names.has(json.toString('latin1', at + 2, end))) {
      kept.push(json.subarray(keptTo, at));
      keptTo = next;
    }
    at = next;
  }
  if (keptTo === 0) return json;
  kept.push(json.subarray(keptTo));
  return Buffer.concat(kept);
}

/** @param at of its opening quote */
function nameEnd(json: Buffer, at: number): number {
  return json.indexOf(QUOTE, at + 1);
}
