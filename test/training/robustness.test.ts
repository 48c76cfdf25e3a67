import { withRobustnessSection } from '../../src/training/card-sections';
import { IMAGE_CHANGES } from '../../src/training/image-changes';
import { createRandom } from '../../src/training/random';
import { measureRobustness } from '../../src/training/robustness';

const SIDE = 28;

/** One bright block on black. */
function block(left: number, top: number, size = 6): Uint8Array {
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [(i % SIDE) - left, Math.floor(i / SIDE) - top];
    return x >= 0 && x < size && y >= 0 && y < size ? 200 : 0;
  });
}

async function changed(name: RegExp, image: Uint8Array, seed = 1): Promise<Uint8Array> {
  const change = IMAGE_CHANGES.find((one) => name.test(one.name));
  if (change === undefined) throw new Error(`there is no change ${name}`);
  return await change.apply(image, createRandom(seed));
}

/** Centre of brightness, pixels. */
function centreOf(image: Uint8Array): [x: number, y: number] {
  let [sum, x, y] = [0, 0, 0];
  image.forEach((pixel, i) => {
    sum += pixel;
    x += pixel * (i % SIDE);
    y += pixel * Math.floor(i / SIDE);
  });
  return [x / sum, y / sum];
}

describe('a change of an image', () => {
  it('moves it in each of eight directions, and leaves black behind', async () => {
    const places = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const [x, y] = centreOf(await changed(/shifted/, block(11, 11), seed));
      places.add(`${x - 13.5} ${y - 13.5}`);
    }
    expect([...places].sort()).toEqual(['-3 -3', '-3 0', '-3 3', '0 -3', '0 3', '3 -3', '3 0', '3 3'].sort());
  });

  it('turns it by 15 degrees around its middle', async () => {
    const [x, y] = centreOf(await changed(/rotated/, block(20, 11), 1));
    const angle = (Math.atan2(y - 13.5, x - 13.5) * 180) / Math.PI;
    expect(Math.abs(angle)).toBeCloseTo(15, 0);
    expect(Math.hypot(x - 13.5, y - 13.5)).toBeCloseTo(9, 0);
  });

  it('halves, inverts and compresses its brightness', async () => {
    const image = block(11, 11);
    expect((await changed(/bright/, image))[12 * SIDE + 12]).toBe(100);
    expect((await changed(/inverted/, image))[12 * SIDE + 12]).toBe(55);
    const compressed = await changed(/JPEG/, image);
    expect(compressed).not.toEqual(image);
    expect(Math.abs((compressed[13 * SIDE + 13] as number) - 200)).toBeLessThan(20);
  });

  it('adds noise with a mean of zero', async () => {
    const noisy = await changed(/noise/, new Uint8Array(SIDE * SIDE).fill(128));
    const mean = noisy.reduce((sum, pixel) => sum + pixel, 0) / noisy.length;
    const deviation = Math.sqrt(noisy.reduce((sum, pixel) => sum + (pixel - mean) ** 2, 0) / noisy.length);
    expect(Math.abs(mean - 128)).toBeLessThan(3);
    expect(Math.abs(deviation - 25)).toBeLessThan(3);
  });
});

describe('the robustness of a model', () => {
  const images = { pixels: new Uint8Array([...block(2, 2), ...block(11, 11)]), labels: Uint8Array.of(0, 1) };

  it('is its accuracy on the same changed images each time', async () => {
    const seen: string[] = [];
    const classify = (pixels: Uint8Array, n: number): Float32Array => {
      seen.push(Buffer.from(pixels).toString('base64'));
      // The first class for all.
      return Float32Array.from({ length: n * 10 }, (_, i) => (i % 10 === 0 ? 1 : 0));
    };
    const measured = await measureRobustness(images, classify);
    expect(measured.map(({ change, accuracy }) => [change, accuracy])).toEqual(
      IMAGE_CHANGES.map(({ name }) => [name, 0.5]),
    );
    await measureRobustness(images, classify);
    expect(seen.slice(seen.length / 2)).toEqual(seen.slice(0, seen.length / 2));
    expect(new Set(seen).size).toBe(IMAGE_CHANGES.length);
  });

  it('is a section of the card, which a later measurement replaces', () => {
    const card = '# m 1\n\n## Use\n\nFine.\n\n## Limits\n\n- Many.\n';
    const once = withRobustnessSection(card, [{ change: 'inverted', accuracy: 0.1 }], 'onnx');
    expect(once).toContain('| inverted | 10.00 % |\n\n## Limits');
    const twice = withRobustnessSection(once, [{ change: 'inverted', accuracy: 0.25 }], 'onnx');
    expect(twice).toBe(once.replace('10.00', '25.00'));
  });
});
