/** Statuses with which a server asks for the same request later: time-out, too early, too many requests, overloaded. */
const LATER = new Set([408, 425, 429, 503]);

export function asksForPatience(status: number): boolean {
  return LATER.has(status);
}

/** The header `retry-after`, in seconds or as a date: ms from now; undefined without a usable one. */
export function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(header.trim()) ? Number(header) : NaN;
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1_000;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
