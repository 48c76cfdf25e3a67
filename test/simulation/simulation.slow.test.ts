import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const RUN = ['--require', './test/helpers/typescript.cjs', 'test/simulation/simulate.ts'];
/** Twenty times the usual duration, for a busy machine, ms. */
const TIMEOUT = 180_000;

/** Resolves with the output; rejects with it when a promise was broken. */
async function simulate(...flags: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [...RUN, ...flags], { timeout: TIMEOUT });
  return stdout;
}

describe('the simulation of the core', () => {
  it(
    'keeps all promises with the first seeds',
    async () => {
      expect(await simulate('--seeds', '300')).toContain('all promises kept');
    },
    TIMEOUT,
  );

  it(
    'does the same again with the same seed, step by step',
    async () => {
      expect(await simulate('--seed', '46')).toBe(await simulate('--seed', '46'));
    },
    TIMEOUT,
  );

  it(
    'finds every fault that was taken in again',
    async () => {
      expect(await simulate('--mutants', '--seeds', '300')).not.toContain('NOT FOUND');
    },
    TIMEOUT,
  );
});
