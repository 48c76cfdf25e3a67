/**
 * Writes values as JSON into a buffer, byte for byte as `JSON.stringify` does. Each function returns the offset after
 * its bytes; the caller ensures that there is room.
 */

/** Three digits each of 0 … 999. */
const DIGITS = Uint8Array.from(
  Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0')).join(''),
  (digit) => digit.charCodeAt(0),
);
const ZERO = 0x30;
const DOT = 0x2e;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Smaller integers fit 32-bit arithmetic, which is much faster. */
const SMALL = 1_000_000_000;
const MILLION = 1_000_000;

export function putBytes(to: Buffer, at: number, bytes: Uint8Array): number {
  to.set(bytes, at);
  return at + bytes.length;
}

/** ASCII text without characters that require escapes. */
export function putAscii(to: Buffer, at: number, text: string): number {
  return at + to.write(text, at, 'latin1');
}

export function putString(to: Buffer, at: number, text: string): number {
  return at + to.write(JSON.stringify(text), at);
}

/** An integer up to 2^53. */
export function putInteger(to: Buffer, at: number, value: number): number {
  if (!(value >= 0 && value < SMALL)) return putNumber(to, at, value);
  let digits = 1;
  for (let left = value; left >= 10; left = (left / 10) | 0) digits++;
  for (let i = digits - 1, left = value; i >= 0; i--) {
    const next = (left / 10) | 0;
    to[at + i] = ZERO + (left - next * 10);
    left = next;
  }
  return at + digits;
}

/** `Math.round(value * 100) / 100`. */
export function putHundredths(to: Buffer, at: number, value: number): number {
  const hundredths = Math.round(value * 100);
  if (!(hundredths >= 0 && hundredths < SMALL)) return putNumber(to, at, hundredths / 100);
  const whole = (hundredths / 100) | 0;
  const part = hundredths - whole * 100;
  const end = putInteger(to, at, whole);
  return part === 0 ? end : putFraction(to, end, part * 10, 0);
}

/** `millionths / 1,000,000`, for an integer. */
export function putMillionths(to: Buffer, at: number, millionths: number): number {
  if (!(millionths > 0 && millionths < MILLION)) return putNumber(to, at, millionths / MILLION);
  const high = (millionths / 1000) | 0;
  to[at] = ZERO;
  return putFraction(to, at + 1, high, millionths - high * 1000);
}

/** UTF-8 bytes as a string; invalid ones become U+FFFD, as in `toString`. */
export function putUtf8(to: Buffer, at: number, bytes: Uint8Array, from: number, length: number): number {
  to[at] = QUOTE;
  for (let i = 0; i < length; i++) {
    const byte = bytes[from + i] as number;
    if (byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH)
      return putString(to, at, Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString('utf8'));
    to[at + 1 + i] = byte;
  }
  to[at + 1 + length] = QUOTE;
  return at + length + 2;
}

/** Largest output of `putUtf8` and `putString` for this many bytes or UTF-16 units: an escape has six bytes. */
export function mostStringBytes(length: number): number {
  return 6 * length + 2;
}

/** A decimal point and up to six digits, without trailing zeros. */
function putFraction(to: Buffer, at: number, high: number, low: number): number {
  to[at] = DOT;
  let end = putThree(to, at + 1, high);
  if (low > 0) end = putThree(to, end, low);
  while (to[end - 1] === ZERO) end--;
  return end;
}

function putThree(to: Buffer, at: number, value: number): number {
  to[at] = DIGITS[3 * value] as number;
  to[at + 1] = DIGITS[3 * value + 1] as number;
  to[at + 2] = DIGITS[3 * value + 2] as number;
  return at + 3;
}

/** Rare values: negative, very large, or not a number, which becomes null. */
function putNumber(to: Buffer, at: number, value: number): number {
  return putAscii(to, at, JSON.stringify(value));
}
