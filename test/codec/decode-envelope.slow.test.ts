import { decodeItem } from '../../src/codec/decode-item';

function decode(json: string): unknown {
  return decodeItem(Buffer.from(json), 'json', { invert: 'auto' });
}

describe('a JSON envelope', () => {
  const many = (count: number, entry: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => entry(at)).join();

  it.each([
    ['fields', () => `{${many(1_500_000, (at) => `"${at.toString(36)}":0`)}}`, /more than 10000 fields/],
    ['objects', () => `{"image":[${many(1_000_000, (at) => `{"${at}":0}`)}]}`, /more than 10000 fields/],
    ['lists', () => `{"image":[${many(1_500_000, () => '[]')}]}`, /more than \d+ values/],
    ['levels of objects', () => `${'{"a":'.repeat(1_500_000)}0${'}'.repeat(1_500_000)}`, /deeper than 32/],
    ['levels of lists', () => `{"image":${'['.repeat(7e6)}${']'.repeat(7e6)}}`, /deeper than 32/],
    [
      'fields in the data of a CloudEvent',
      () => {
        const inner = Buffer.from(`{${many(400_000, (at) => `"${at}":0`)}}`).toString('base64');
        const about = '"specversion":"1.0","id":"1","datacontenttype":"application/json"';
        return `{${about},"data_base64":"${inner}"}`;
      },
      /more than 10000 fields/,
    ],
  ])('is refused for millions of %s before they are parsed', (_, make, message) => {
    const json = make();
    const started = performance.now();
    expect(decode(json)).toEqual({ code: 'BAD_ENVELOPE', message: expect.stringMatching(message) as string });
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
