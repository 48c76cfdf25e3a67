/** The store asks for patience. */
const LATER = new Set([408, 429, 503]);

export function asksForPatience(status: number): boolean {
  return LATER.has(status);
}

/** Whether a store that answered like this would answer for other objects; undefined: it gave no answer. */
export function isAlive(status: number | undefined): boolean {
  return status !== undefined && status < 500 && !asksForPatience(status);
}
