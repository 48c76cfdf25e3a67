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
    const images = { pixels: new Uint8Array(4 * 784), labels: truth };
    const svg = renderMistakes(worstMistakes(truth, probabilities, 10), images, 'a <b> & c');
    expect(svg).toContain('a &#60;b&#62; &#38; c');
    expect(svg.match(/data:image\/png;base64,iVBOR/g)).toHaveLength(3);
    expect(svg).toContain('Sandal 99.0 %');
    expect(svg).toContain('is Dress');
  });
});
