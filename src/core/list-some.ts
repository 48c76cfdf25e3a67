/** More mistakes than a person fixes at a time. */
const MOST_LISTED = 50;

/** The first entries as text; in place of the others, the last one has their number. */
export function listSome<T>(entries: readonly T[], toText: (entry: T) => string): string[] {
  const texts = entries.slice(0, MOST_LISTED).map(toText);
  return entries.length <= MOST_LISTED ? texts : [...texts, `and ${entries.length - MOST_LISTED} more`];
}
