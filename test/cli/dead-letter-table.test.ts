import type { ListedDeadLetter } from '../../src/dead-letters/list-dead-letters';
import { renderBytes, renderDeadLetters } from '../../src/cli/dead-letter-table';

const LETTER: ListedDeadLetter = {
  sourceId: 'images/0/1041',
  code: 'UNSUPPORTED_FORMAT',
  message: 'GIF is not decoded here; send PNG, JPEG, WebP or 784 raw bytes.',
  stage: 'admission',
  attempts: 1,
  failedAt: '2026-11-21T08:30:05.123Z',
  model: 'fashion-mnist@1',
  source: { topic: 'images', partition: 0, offset: '1041' },
  redriveCount: 0,
  valueBytes: 1_234,
  complete: true,
  key: null,
  headers: [],
  at: { topic: 'images.dlq', partition: 0, offset: '3' },
};
// eslint-disable-next-line no-control-regex -- colours have no width
const plain = (text: string): string[] => text.replace(/\u001b\[\d+m/g, '').split('\n');

describe('the table of dead letters', () => {
  it('fits the terminal and cuts the message only', () => {
    const rows = plain(
      renderDeadLetters([LETTER, { ...LETTER, sourceId: 'images/3/7', code: 'EMPTY' }], 100),
    );
    expect(rows).toHaveLength(3);
    expect(rows.every((row) => row.length <= 100)).toBe(true);
    expect(rows[1]).toMatch(
      /^2026-11-21 08:30:05 {2}UNSUPPORTED_FORMAT {2}admission {2}images\/0\/1041 {2}1\.2 kB {2}GIF is .*…$/,
    );
    expect(rows[2]).toMatch(/ EMPTY {15}admission {2}images\/3\/7 {5}1\.2 kB /);
  });

  it('says what was cut and redriven, and lets nothing at the terminal', () => {
    const [, row] = plain(
      renderDeadLetters(
        [{ ...LETTER, message: 'a\u001b[2Jb', complete: false, redriveCount: 2, failedAt: 'never' }],
        200,
      ),
    );
    expect(row).toMatch(/^\? +.* \(cut\) \(redriven 2×\) a·\[2Jb$/);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [16_777_216, '16.8 MB'],
  ])('writes %d bytes as %s', (bytes, text) => expect(renderBytes(bytes)).toBe(text));
});
