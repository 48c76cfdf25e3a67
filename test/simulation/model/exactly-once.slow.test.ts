import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWith } from '../../helpers/parts';

const MODEL = 'exactly-once.pml';
const TIMEOUT = 180_000;
/** Each leaves one safeguard out. */
const WITHOUT = ['LEASE_EPOCH', 'TRACKER', 'GENERATION', 'NEW_PRODUCER', 'STABLE_POSITIONS'];

const execute = promisify(execFile);

/**
 * Explores all states; resolves with the report of the checker.
 *
 * @param optimization for a search of millions of states; a short one takes less time than the compiler
 */
async function check(optimization: '-O0' | '-O1', ...flags: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-model-'));
  const options = { cwd: folder, timeout: TIMEOUT };
  try {
    copyFileSync(join(__dirname, MODEL), join(folder, MODEL));
    await execute('spin', ['-a', ...flags, MODEL], options);
    await execute('gcc', [optimization, '-w', '-DSAFETY', '-DCOLLAPSE', '-o', 'pan', 'pan.c'], options);
    return (await execute('./pan', ['-m100000'], options)).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describeWith(['spin'], 'the model of exactly-once delivery', () => {
  it(
    'keeps its promises in every state, and always ends',
    async () => {
      const report = await check('-O1');
      expect(report).toContain('errors: 0');
      expect(report).not.toContain('max search depth too small');
    },
    TIMEOUT,
  );

  it.each(WITHOUT)(
    'breaks a promise without %s',
    async (safeguard) => {
      expect(await check('-O0', `-DWITHOUT_${safeguard}`)).toMatch(/assertion violated/);
    },
    TIMEOUT,
  );
});
