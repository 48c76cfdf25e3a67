/** Adds a full stop, and a capital unless the first word is a name: `images/2` and `localhost:9092` stay as they are. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const first = /^[a-z]+(?=[ ,])/.test(trimmed) ? trimmed.charAt(0).toUpperCase() : trimmed.charAt(0);
  return `${first}${trimmed.slice(1)}${/[.!?…]$/.test(trimmed) ? '' : '.'}`;
}
