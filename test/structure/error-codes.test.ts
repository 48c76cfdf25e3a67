import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '../../src/core/errors';

describe('the error codes', () => {
  const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
  const section = readme.slice(readme.indexOf('## Error codes'));
  const documented = new Map(
    [...section.matchAll(/^\| `([A-Z0-9_]+)` \| ([^|]+) \|/gm)].map((m) => [m[1], m[2]?.trim()]),
  );

  it.each(Object.entries(ERROR_CODES))('%s stands in the README with its meaning', (code, { meaning }) => {
    expect(documented.get(code)).toBe(meaning);
  });

  it('are all that the README lists', () => {
    expect([...documented.keys()].filter((code) => !(code! in ERROR_CODES))).toEqual([]);
  });
});
