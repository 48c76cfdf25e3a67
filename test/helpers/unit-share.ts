/**
 * One of the few suites in which `npm run test:unit` runs all unit tests (`jest.unit.config.js`).
 *
 * For each suite Jest evaluates its own modules and all imported ones again, which costs more than most tests.
 * Here the files of a share have one module registry. Each file is a `describe` block, which bounds its hooks.
 * A file that depends on fresh modules is run alone by `npx jest --selectProjects unit --testPathPatterns <file>`.
 */
import { readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

/** The suites of this run, from `jest.unit.config.js`. */
declare const UNIT_SHARES: readonly string[];

const TESTS = join(__dirname, '..');
/** Tiers of their own, see `jest.config.js`. */
const OTHER_TIERS = ['conformance', 'e2e', 'faults', 'browser'];

/** @param suite one of the files of `test/shares`, which divide the tests evenly */
export function describeShare(suite: string): void {
  unitTests().forEach((file, i) => {
    if (UNIT_SHARES[i % UNIT_SHARES.length] !== basename(suite)) return;
    describe(relative(TESTS, file), () => {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- Jest has no import() of CommonJS
      require(file);
      afterAll(() => {
        jest.useRealTimers();
        jest.restoreAllMocks();
      });
    });
  });
}

function unitTests(): string[] {
  return readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.endsWith('.slow.test.ts'))
    .filter((file) => !OTHER_TIERS.includes(file.split('/')[0]!))
    .sort()
    .map((file) => join(TESTS, file));
}
