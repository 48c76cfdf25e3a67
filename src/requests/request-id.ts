import { randomBytes } from 'node:crypto';

/** Header with the id of a request; it is copied to the prediction and kept in a dead letter. */
export const REQUEST_HEADER = 'stream-infer-request';

/** A UUID, version 7 (RFC 9562): it holds the time of the request, from which its answer can be found again. */
export function createRequestId(now: number = Date.now()): string {
  const time = now.toString(16).padStart(12, '0').slice(-12);
  const bytes = randomBytes(10);
  bytes[0] = 0x70 | ((bytes[0] as number) & 0x0f);
  bytes[2] = 0x80 | ((bytes[2] as number) & 0x3f);
  const hex = time + bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Time of a request, ms since 1970; undefined for an id that a client chose, or one of the future. */
export function timeOfRequest(id: string, now: number = Date.now()): number | undefined {
  const match = /^([\da-f]{8})-([\da-f]{4})-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i.exec(id);
  if (match === null) return undefined;
  const time = Number.parseInt(`${match[1]}${match[2]}`, 16);
  return time <= now + FUTURE_MS ? time : undefined;
}

/** Clocks of processes differ. */
const FUTURE_MS = 60_000;
