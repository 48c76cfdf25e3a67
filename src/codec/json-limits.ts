const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;

/** Bounds of a JSON text: its size in bytes alone does not bound the cost of parsing it. */
export interface JsonLimits {
  /** Levels of nested objects and lists. */
  readonly depth: number;
  /** Total number of members of objects. */
  readonly fields: number;
  /** Total number of strings, numbers, objects and lists. */
  readonly values: number;
}

export interface JsonMeasure {
  /** The first limit that is exceeded, as the end of a sentence; undefined within all limits. */
  readonly problem?: string;
  /** Members of objects up to the end of the text, or up to the problem. */
  readonly fields: number;
}

export function beyondLimits(json: Uint8Array, limits: JsonLimits): string | undefined {
  return measureJson(json, limits).problem;
}

/**
 * Call it before `JSON.parse`: it reads the bytes once and stops at the first limit that is exceeded. The text may be
 * invalid JSON.
 */
export function measureJson(json: Uint8Array, limits: JsonLimits): JsonMeasure {
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
      if (++depth > limits.depth) return { problem: `is nested deeper than ${limits.depth} levels`, fields };
    } else if (byte === OPEN_OBJECT + 2 || byte === OPEN_LIST + 2) depth--;
    if (fields > limits.fields) return { problem: `has more than ${limits.fields} fields`, fields };
    if (values > limits.values) return { problem: `has more than ${limits.values} values`, fields };
  }
  return { fields };
}

/** Fewer than `measureJson` counted in the text: a name occurs more than once, and `JSON.parse` kept only the last. */
export function countFields(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members: readonly unknown[] = Object.values(value);
  let fields = Array.isArray(value) ? 0 : members.length;
  for (const member of members) if (typeof member === 'object') fields += countFields(member);
  return fields;
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
