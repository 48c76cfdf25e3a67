import { encodePng, decodePng } from '../../src/codec/picture-png';
import { renderImage } from '../../src/cli/terminal-image';

const ESCAPE = '\u001b';
const PLAIN = { columns: 80, colours: false };

it('draws two rows per line in true colours', () => {
  const pixels = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 1, 2, 3, 4, 5, 6);
  const text = renderImage({ pixels, width: 2, height: 3, channels: 3 }, { columns: 80, colours: true });
  const cell = (above: string, below: string) => `${ESCAPE}[38;2;${above}m${ESCAPE}[${below}m▀`;
  expect(text.split('\n')).toEqual([
    `${cell('255;0;0', '48;2;0;0;255')}${cell('0;255;0', '48;2;9;9;9')}${ESCAPE}[0m`,
    `${cell('1;2;3', '49')}${cell('4;5;6', '49')}${ESCAPE}[0m`,
  ]);
});

it('draws characters without colours, the brighter the denser', () => {
  const pixels = Uint8Array.of(0, 255, 128, 0, 255, 128);
  expect(renderImage({ pixels, width: 3, height: 2, channels: 1 }, PLAIN)).toBe(' @+');
});

it.each([
  [20, 20, 10],
  [28, 28, 14],
  [80, 28, 14],
])('fits 28 pixels into %d columns', (columns, width, lines) => {
  const picture = { pixels: new Uint8Array(784).fill(255), width: 28, height: 28, channels: 1 } as const;
  const drawn = renderImage(picture, { columns, colours: false }).split('\n');
  expect([drawn[0], drawn.length]).toEqual(['@'.repeat(width), lines]);
});

it('shrinks a large picture to a few lines', () => {
  const picture = { pixels: new Uint8Array(300 * 200 * 3), width: 200, height: 300, channels: 3 } as const;
  const drawn = renderImage(picture, PLAIN).split('\n');
  expect([drawn[0]!.length, drawn.length]).toEqual([42, 32]);
});

it('reads a PNG file in its own size and colours', async () => {
  const pixels = Uint8Array.from({ length: 5 * 4 * 3 }, (_, i) => (i * 37) % 256);
  const picture = { pixels, width: 5, height: 4, channels: 3 } as const;
  const read = await decodePng(encodePng(picture, 1));
  expect({ ...read, pixels: [...read.pixels] }).toEqual({ ...picture, pixels: [...pixels] });
});
