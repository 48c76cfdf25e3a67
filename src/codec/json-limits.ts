const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;

/** What a JSON text may hold; what it costs to parse and to look through does not follow from its bytes alone. */
export interface JsonLimits {
  /** Objects and lists inside one another. */
  readonly depth: number;
  /** Members of objects, in all. */
  readonly fields: number;
  /** Everything: texts, numbers, objects, lists. */
  readonly values: number;
}

/**
 * Says how a JSON text is beyond its limits, as the end of a sentence; undefined when it is within them. To be asked
 * before `JSON.parse`: it reads the bytes once, and stops where a limit is passed. The text need not be valid JSON.
 */
export function beyondLimits(json: Uint8Array, limits: JsonLimits): string | undefined {
  let depth = 0;
  let fields = 0;
  let values = 1;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at);
    else if (byte === COMMA) values++;
    else if (byte === COLON) fields++;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      values++;
      if (++depth > limits.depth) return `is nested deeper than ${limits.depth} levels`;
    } else if (byte === OPEN_OBJECT + 2 || byte === OPEN_LIST + 2) depth--;
    if (fields > limits.fields) return `has more than ${limits.fields} fields`;
    if (values > limits.values) return `has more than ${limits.values} values`;
  }
  return undefined;
}

/** The index of the closing quote: the first one with an even number of backslashes before it. */
function endOfString(json: Uint8Array, start: number): number {
  for (let at = json.indexOf(QUOTE, start + 1); at >= 0; at = json.indexOf(QUOTE, at + 1)) {
    let slashes = 0;
    while (json[at - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return json.length;
}
