import { Transformer } from '@napi-rs/image';
import { FASHION_MNIST } from '../../src/core/model-shape';
import { compareVersions } from '../../src/training/compare';
import { renderMistakes, worstMistakes } from '../../src/training/mistakes';

/** Ten probabilities for each label, the label's being `confidence`. */
function said(labels: readonly number[], confidence: number | readonly number[] = 0.9): Float32Array {
  const rows = new Float32Array(labels.length * 10);
  labels.forEach((label, i) => {
    rows[10 * i + label] = typeof confidence === 'number' ? confidence : (confidence[i] ?? 0);
  });
  return rows;
}

describe('a comparison of two versions', () => {
  it('counts images that only one version classifies correctly, by class, and tests significance', () => {
    const truth = Uint8Array.from([...Array<number>(20).fill(3), ...Array<number>(20).fill(6)]);
    const first = said([...truth]);
    const second = said([...truth].map((label, i) => (i < 8 ? 0 : label)));
    expect(compareVersions(first, second, truth)).toMatchObject({
      images: 40,
      sameClass: 32,
      bothRight: 32,
      onlyFirstRight: 8,
      onlySecondRight: 0,
      pValue: expect.closeTo(0.0078125) as number,
      moreThanNoise: true,
    });
    const { perClass } = compareVersions(second, first, truth);
    expect(perClass[3]).toEqual({ onlyFirstRight: 0, onlySecondRight: 8 });
    expect(perClass[6]).toEqual({ onlyFirstRight: 0, onlySecondRight: 0 });
    expect(compareVersions(first, first, truth)).toMatchObject({ pValue: 1, moreThanNoise: false });
  });
});

describe('the worst mistakes', () => {
  const truth = Uint8Array.from([1, 2, 3, 4]);
  const probabilities = said([1, 5, 5, 5], [0.9, 0.6, 0.99, 0.7]);

  it('are the errors with the highest confidence', () => {
    expect(worstMistakes(truth, probabilities, 2)).toEqual([
      { index: 2, truth: 3, label: 5, confidence: expect.closeTo(0.99) as number },
      { index: 3, truth: 4, label: 5, confidence: expect.closeTo(0.7) as number },
    ]);
  });

  it('are drawn with predicted and actual classes', () => {
    const pictures = {
      shape: FASHION_MNIST,
      pixels: () => new Uint8Array(784),
      name: (index: number) => `image ${index}`,
    };
    const svg = renderMistakes(worstMistakes(truth, probabilities, 10), pictures, 'a <b> & c');
    expect(svg).toContain('a &#60;b&#62; &#38; c');
    expect(svg.match(/data:image\/png;base64,iVBOR/g)).toHaveLength(3);
    expect(svg).toContain('Sandal 99.0 %');
    expect(svg).toContain('is Dress');
    expect(svg).toContain('>image 2<');
  });

  it('are drawn in colour, with the names of any model', () => {
    const labels = ['cat', 'a very long name of a class'];
    const pictures = {
      shape: { ...FASHION_MNIST, height: 2, width: 3, channels: 3 as const, labels },
      pixels: () => Uint8Array.from({ length: 18 }, (_, i) => (i % 3 === 0 ? 255 : 0)),
      name: () => 'dog/<1>.png',
    };
    const svg = renderMistakes([{ index: 0, truth: 0, label: 1, confidence: 0.5 }], pictures, 'title');
    const png = /base64,([^"]+)/.exec(svg)?.[1] ?? '';
    const pixels = new Transformer(Buffer.from(png, 'base64')).rawPixelsSync();
    expect([pixels.length, ...pixels.subarray(0, 4)]).toEqual([24, 255, 0, 0, 255]);
    expect(svg).toContain('…ong name of a class 50.0 %');
    expect(svg).toContain('is cat');
    expect(svg).toContain('dog/&#60;1&#62;.png');
  });
});
