/** Longer words are not typed by hand, and would take long to compare. */
const LONGEST_WORD = 100;
/** Of more words, only the first are compared. */
const MOST_KNOWN = 2_000;

/**
 * The known word nearest to a mistyped one, if one is near enough.
 *
 * @param most edits that still count as near: letters changed, added or left out
 */
export function closest(
  word: string,
  known: readonly string[],
  most = Math.max(1, Math.floor(word.length / 3)),
): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  let best: string | undefined;
  let bestDistance = most + 1;
  const typed = word.toLowerCase();
  for (const candidate of known.slice(0, MOST_KNOWN)) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(typed, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's distance, one row at a time; `limit` for any distance from there on. */
function editDistance(a: string, b: string, limit: number): number {
  const row = new Array<number>(b.length + 1);
  for (let i = 0; i < row.length; i++) row[i] = i;
  for (let i = 1; i <= a.length; i++) {
    // Numbers further from the diagonal are not below the limit.
    const [from, to] = [Math.max(1, i - limit), Math.min(b.length, i + limit)];
    let diagonal = row[from - 1] as number;
    let left = (row[from - 1] = from === 1 ? i : limit);
    let least = left;
    for (let j = from; j <= to; j++) {
      const above = row[j] as number;
      const substitution = diagonal + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1);
      left = row[j] = Math.min(substitution, above + 1, left + 1);
      least = Math.min(least, left);
      diagonal = above;
    }
    // No later row has a smaller number.
    if (least >= limit) return limit;
  }
  return row[b.length] as number;
}
