/** One entry of a file, as read by `java.util.Properties`. */
export interface JavaProperty {
  readonly key: string;
  readonly value: string;
  /** Number of its first line, from 1. */
  readonly line: number;
}

/** The format of java.util.Properties: comments, continuation lines, `=`, `:` or a space as separator, escapes. */
export function parseJavaProperties(text: string): JavaProperty[] {
  const entries: JavaProperty[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1;
    let logical = (lines[i] ?? '').trimStart();
    if (logical === '' || logical.startsWith('#') || logical.startsWith('!')) continue;
    const parts: string[] = [];
    while (endsInOddBackslashes(logical) && i + 1 < lines.length) {
      parts.push(logical.slice(0, -1));
      logical = (lines[++i] ?? '').trimStart();
    }
    entries.push({ ...splitEntry(parts.join('') + logical), line });
  }
  return entries;
}

function endsInOddBackslashes(text: string): boolean {
  let length = 0;
  while (text.at(-1 - length) === '\\') length++;
  return length % 2 === 1;
}

function splitEntry(logical: string): { key: string; value: string } {
  const match = /^((?:\\.|[^\\=:\s])*)(?:\s*[=:]\s*|\s+|$)(.*)$/s.exec(logical);
  return { key: unescape(match?.[1] ?? logical), value: unescape(match?.[2] ?? '').trimEnd() };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' };

function unescape(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|(.))/gs,
    (_, hex: string | undefined, char: string | undefined) =>
      hex === undefined ? (ESCAPES[char ?? ''] ?? char ?? '') : String.fromCharCode(parseInt(hex, 16)),
  );
}
