const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Finds a member name that occurs twice in one object of a JSON text, at any depth; undefined if there is none.
 * `JSON.parse` keeps the last one and says nothing. The text must be valid JSON: parse it first.
 */
export function findDuplicateMember(json: string): string | undefined {
  // One entry per open bracket: the names seen so far in an object, null in an array.
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === 0x7b /* { */) open.push(new Set());
    else if (code === 0x5b /* [ */) open.push(null);
    else if (code === 0x7d || code === 0x5d /* } ] */) open.pop();
    else if (code === QUOTE) {
      const end = endOfString(json, at);
      const names = open.at(-1);
      if (names && isName(json, end)) {
        const name = JSON.parse(json.slice(at, end)) as string;
        if (names.has(name)) return name;
        names.add(name);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** The index behind the closing quote: the first one with an even number of backslashes before it. */
function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let slashes = 0;
    while (json.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
  return json.length;
}

/** A string with a colon behind it. */
function isName(json: string, end: number): boolean {
  let at = end;
  while (json.charCodeAt(at) <= 0x20) at++;
  return json[at] === ':';
}
