import { MASKED_KAFKA_PROPERTIES, SHOWN_KAFKA_PROPERTIES } from '../core/kafka-properties';

/**
 * A map as the text of an environment variable: a JSON object, or one `key=value` a line with `#` before comments, whose
 * values may hold commas. In a single line a comma ends a value only before the name of a property and `=`. Text that
 * is none of these is returned as it is.
 */
export function mapFromText(text: string): unknown {
  if (text.trimStart().startsWith('{')) return parsedJson(text);
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const pairs = /\n/.test(text) ? lines : lines.flatMap(splitAtCommas);
  return pairs.every((pair) => pair.indexOf('=') > 0) ? Object.fromEntries(pairs.map(splitPair)) : text;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** `bootstrap.servers=a:1,b:2,client.id=x`: two pairs. */
function splitAtCommas(line: string): string[] {
  const pairs: string[] = [];
  for (const part of line.split(',')) {
    if (pairs.length === 0 || beginsWithName(part)) pairs.push(part.trim());
    else pairs.push(`${pairs.pop()},${part}`);
  }
  return pairs;
}

/** A name with a dot may be mistyped; it is then reported instead of becoming part of another value. */
function beginsWithName(part: string): boolean {
  const name = /^\s*([a-z][a-z0-9_.]*)\s*=/.exec(part)?.[1] ?? '';
  return name.includes('.') || SHOWN_KAFKA_PROPERTIES.has(name) || MASKED_KAFKA_PROPERTIES.has(name);
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
}
