const MOST_CHARACTERS = 160;

/** A foreign text for a message of ours: one line of printable characters, of bounded length. */
export function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MOST_CHARACTERS)
    .replace(/[^\x20-\x7e]/g, '?');
}
