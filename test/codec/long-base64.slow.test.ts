/** V8 stops optimizing regular expressions when a process has too many; the flag reproduces that. */
import { setFlagsFromString } from 'node:v8';

import { decodeEnvelope } from '../../src/codec/decode-envelope';

beforeAll(() => setFlagsFromString('--no-regexp-optimization'));
afterAll(() => setFlagsFromString('--regexp-optimization'));

describe('base64 text of millions of characters', () => {
  const image = Buffer.alloc(12_000_000, 0xfb);

  it.each([
    ['in one line', image.toString('base64')],
    ['URL-safe', image.toString('base64url')],
    ['in lines', image.toString('base64').replace(/.{76}/g, '$&\r\n')],
    ['behind many line breaks', `${'\n'.repeat(10_000_000)}${image.toString('base64')}`],
  ])('is read %s', (_, text) => {
    expect(image.equals(decodeEnvelope(Buffer.from(JSON.stringify({ image: text }))).image)).toBe(true);
  });

  it.each([
    ['another character at its end', `${'A'.repeat(16_000_000)}!`],
    ['padding in its middle', `${'A'.repeat(8_000_000)}=${'A'.repeat(8_000_000)}`],
    ['nothing but padding', '='.repeat(1_000_000)],
  ])('is refused with %s', (_, text) => {
    expect(() => decodeEnvelope(Buffer.from(JSON.stringify({ image: text })))).toThrow(/not base64/);
  });
});
