import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addOnRemedy } from '../../src/app/doctor-add-ons';

const KAFKA = '@confluentinc/kafka-javascript';

function createInstalled(): string {
  const root = mkdtempSync(join(tmpdir(), 'stream-infer-installed-'));
  const manifest = { optionalDependencies: { [KAFKA]: '~1.10.0' } };
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  return root;
}

describe('the remedy for a native part that does not load', () => {
  it('is the set-up in a checkout', () => {
    expect(addOnRemedy(KAFKA)).toBe('npm run setup');
  });

  it('builds the binary where the package is there without one', () => {
    expect(addOnRemedy(KAFKA, createInstalled(), () => true)).toBe(
      `npm rebuild --ignore-scripts=false ${KAFKA}`,
    );
  });

  it('installs the package in the version that fits where npm has dropped it', () => {
    expect(addOnRemedy(KAFKA, createInstalled(), () => false)).toBe(
      `npm install --ignore-scripts=false ${KAFKA}@~1.10.0`,
    );
  });
});
