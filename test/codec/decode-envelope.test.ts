import { decodeItem } from '../../src/codec/decode-item';
import { FASHION_MNIST, type ModelShape } from '../../src/core/model-shape';
import { greyPng } from '../fixtures/png';

const PIXELS = Array.from({ length: 784 }, (_, i) => i % 100);
const RAW = Buffer.from(PIXELS);
const BASE64 = RAW.toString('base64');

function decode(value: unknown): unknown {
  return decodeItem(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 'json', {
    invert: 'auto',
  });
}

/** With `Uint8Array` made comparable. */
function decoded(value: unknown): unknown {
  const { pixels, ...rest } = decode(value) as { pixels?: Uint8Array };
  return { ...rest, pixels: pixels && Buffer.from(pixels).equals(RAW) };
}

describe('a JSON envelope', () => {
  it.each([
    ['784 numbers', PIXELS],
    ['28 rows of 28', Array.from({ length: 28 }, (_, y) => PIXELS.slice(y * 28, (y + 1) * 28))],
    ['base64 of raw pixels', BASE64],
    ['base64 with line breaks', BASE64.replace(/.{76}/g, '$&\r\n')],
    ['URL-safe base64 without padding', RAW.toString('base64url')],
    ['a data: URL with parameters', `data:application/octet-stream;name=x;base64,${BASE64}`],
  ])('may hold %s', (_, image) => {
    expect(decoded({ image })).toMatchObject({ pixels: true });
  });

  it.each([
    ['base64 of a PNG', greyPng(RAW).toString('base64')],
    ['a data: URL', `data:image/png;base64,${greyPng(RAW).toString('base64')}`],
  ])('may hold %s, whose format and size are kept', (_, image) => {
    const original = { format: 'png', width: 28, height: 28 };
    expect(decoded({ image })).toEqual({ pixels: true, original });
  });

  describe('for a model of colours', () => {
    const shape: ModelShape = { ...FASHION_MNIST, height: 2, width: 3, channels: 3 };
    const pixels = Array.from({ length: 18 }, (_, i) => i);
    const rows = [0, 9].map((y) => [0, 3, 6].map((x) => pixels.slice(y + x, y + x + 3)));
    const decodeColours = (image: unknown) =>
      decodeItem(Buffer.from(JSON.stringify({ image })), 'json', { invert: 'never', shape });

    it.each([
      ['numbers', pixels],
      ['rows of [red, green, blue]', rows],
      ['base64 of raw pixels', Buffer.from(pixels).toString('base64')],
    ])('may hold %s', (_, image) => {
      const { pixels: found } = decodeColours(image) as { pixels: Uint8Array };
      expect([...found]).toEqual(pixels);
    });

    it.each([
      [
        'grey rows',
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        '"image[0][0]" is 1; expected 3 numbers',
      ],
      ['pixels with alpha', [[[1, 2, 3, 4]], []], '"image[0]" has 1 entries; expected 3'],
      [
        'a number that is too large',
        [
          rows[0],
          [
            [1, 2, 256],
            [1, 2, 3],
            [1, 2, 3],
          ],
        ],
        '"image[1][0][2]" is 256',
      ],
      ['too few numbers', [1, 2, 3], 'expected 18, or 2 rows of 3 [red, green, blue]'],
      ['raw bytes of another size', Buffer.alloc(6).toString('base64'), 'Expected 18 raw bytes'],
    ])('is refused with %s', (_, image, message) => {
      expect(decodeColours(image)).toEqual({
        code: 'BAD_ENVELOPE',
        message: expect.stringContaining(message) as string,
      });
    });
  });

  it('may contain much data besides the image', () => {
    const meta = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`m${at}`, [at, at]]));
    expect(decoded({ image: BASE64, meta })).toEqual({ pixels: true });
  });

  it('brings its id and label along', () => {
    expect(decoded({ image: BASE64, id: 'x', label: 9 })).toEqual({ pixels: true, id: 'x', label: 9 });
    expect(decoded({ image: BASE64, id: 17, label: 'Ankle boot' })).toEqual({
      pixels: true,
      id: '17',
      label: 9,
    });
    expect(decoded({ image: BASE64, id: null, label: null, more: [{}] })).toEqual({ pixels: true });
  });

  it('brings an id that UTF-8 and addresses can hold', () => {
    expect(decoded({ image: BASE64, id: 'a\ud800b\udc00' })).toMatchObject({ id: 'a\ufffdb\ufffd' });
    expect(decoded({ image: BASE64, id: '\u{1f600}\0' })).toMatchObject({ id: '\u{1f600}\0' });
  });

  it('may begin with a byte order mark', () => {
    expect(decoded(`\ufeff{"image": "${BASE64}"}`)).toEqual({ pixels: true });
  });

  it.each([
    ['image', { label: 1 }],
    ['image[5]', { image: PIXELS.map((value, i) => (i === 5 ? 300 : value)) }],
    [
      'image[2][3]',
      {
        image: Array.from({ length: 28 }, (_, y) =>
          PIXELS.slice(0, 28).map((v, x) => (y === 2 && x === 3 ? null : v)),
        ),
      },
    ],
    ['image[27]', { image: [...new Array<number[]>(27).fill(PIXELS.slice(0, 28)), 3] }],
    ['id', { image: BASE64, id: '' }],
    ['label', { image: BASE64, label: 'Hat' }],
    ['data', { specversion: '1.0', id: 'e' }],
    ['data.image', { specversion: '1.0', id: 'e', data: {} }],
    ['data_base64', { specversion: '1.0', id: 'e', data_base64: 5 }],
    ['specversion', { specversion: '2.0', id: 'e', data: {} }],
  ])('names the field %s', (field, value) => {
    expect(decode(value)).toMatchObject({
      code: 'BAD_ENVELOPE',
      message: expect.stringContaining(`"${field}"`) as string,
    });
  });

  it('refuses a name that occurs more than once, at any depth', () => {
    const message = 'A field occurs more than once in the same object.';
    for (const json of [
      `{"image":"${BASE64}","image":"${BASE64}"}`,
      `{"image":"${BASE64}","meta":{"a":1,"\\u0061":2}}`,
    ])
      expect(decode(json)).toEqual({ code: 'BAD_ENVELOPE', message });
  });

  it('ignores inherited fields', () => {
    Object.defineProperty(Object.prototype, 'image', { value: BASE64, configurable: true });
    try {
      expect(decode('{"id": "x"}')).toMatchObject({ code: 'BAD_ENVELOPE' });
    } finally {
      delete (Object.prototype as { image?: unknown }).image;
    }
  });
});

describe('a CloudEvent in structured mode', () => {
  const event = { specversion: '1.0', id: 'event', source: '/camera', type: 'image.taken' };

  it('may hold the image in base64', () => {
    expect(decoded({ ...event, data_base64: BASE64 })).toEqual({ pixels: true, id: 'event' });
  });

  it('may hold a JSON envelope, whose id goes first', () => {
    expect(decoded({ ...event, data: { image: PIXELS, label: 2 } })).toEqual({
      pixels: true,
      id: 'event',
      label: 2,
    });
    expect(decoded({ ...event, data: { image: PIXELS, id: 'own' } })).toEqual({ pixels: true, id: 'own' });
  });

  it('may hold a JSON envelope in base64', () => {
    const data_base64 = Buffer.from(JSON.stringify({ image: PIXELS, label: 3 })).toString('base64');
    const datacontenttype = 'application/json; charset=utf-8';
    expect(decoded({ ...event, datacontenttype, data_base64 })).toEqual({
      pixels: true,
      id: 'event',
      label: 3,
    });
  });

  it('may hold the pixels themselves', () => {
    expect(decoded({ ...event, data: PIXELS })).toEqual({ pixels: true, id: 'event' });
  });
});
