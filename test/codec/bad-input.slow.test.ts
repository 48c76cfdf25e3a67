import { detectFormat } from '../../src/codec/detect-format';
import { decodeItem, isRefusal } from '../../src/codec/decode-item';
import type { BadInput, Expectation } from '../fixtures/bad-input';
import { badInputCatalogue } from '../fixtures/bad-input';

async function outcomeOf(input: BadInput): Promise<{ outcome: Expectation; message: string }> {
  const format = detectFormat(input.bytes, input.contentType);
  if (typeof format === 'object') return { outcome: format.code, message: format.message };
  const decoded = await decodeItem(input.bytes as Buffer, format, { invert: 'auto' });
  if (isRefusal(decoded)) return { outcome: decoded.code, message: decoded.message };
  expect(decoded.pixels).toHaveLength(784);
  return { outcome: 'prediction', message: '' };
}

describe('the bad-input catalogue', () => {
  const catalogue = badInputCatalogue();

  it('covers every row that is in the value of a message', () => {
    const rows = new Set(catalogue.map(({ row }) => row));
    const elsewhere = [13, 14, 15];
    const missing = Array.from({ length: 67 }, (_, i) => i + 1).filter((row) => !rows.has(row));
    expect(missing).toEqual(elsewhere);
  });

  it.each(catalogue.map((input) => [`${input.row} ${input.name}`, input] as const))(
    '%s',
    async (_, input) => {
      const started = performance.now();
      const { outcome, message } = await outcomeOf(input);
      expect([input.expected].flat()).toContain(outcome);
      if (outcome !== 'prediction') expect(message).toMatch(/^[\x20-\x7e×…–]{10,}$/);
      expect(performance.now() - started).toBeLessThan(5_000);
    },
  );
});
