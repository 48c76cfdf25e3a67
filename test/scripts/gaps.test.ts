import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

jest.setTimeout(60_000);

const SCRIPT = pathToFileURL(join(__dirname, '../../scripts/bench/gaps.mjs')).href;

/** In a process of its own, since jest has no ES modules. */
async function longestGaps(times: Readonly<Record<number, readonly number[]>>, from: number, to: number) {
  const outcomes = Object.entries(times).flatMap(([partition, all]) => all.map((at) => ({ at, partition })));
  const code = `import { longestGaps } from '${SCRIPT}';
    console.log(JSON.stringify(longestGaps(${JSON.stringify(outcomes)}, ${from}, ${to})));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  return JSON.parse(stdout) as { overall: number; partition: number };
}

describe('the longest gap in the outcomes', () => {
  it('is reported for all partitions together and for the worst partition', async () => {
    expect(await longestGaps({ 0: [0, 10, 90], 1: [5, 20, 60] }, 0, 100)).toEqual({
      overall: 40,
      partition: 80,
    });
  });

  it('counts in full if it began earlier, and up to the end if it ends later', async () => {
    expect(await longestGaps({ 0: [0, 100] }, 50, 200)).toMatchObject({ partition: 100 });
    expect(await longestGaps({ 0: [0, 100] }, 0, 60)).toMatchObject({ partition: 60 });
  });

  it('is 0 without outcomes in the window', async () => {
    expect(await longestGaps({ 0: [0, 100] }, 200, 300)).toEqual({ overall: 0, partition: 0 });
    expect(await longestGaps({}, 0, 100)).toEqual({ overall: 0, partition: 0 });
  });
});
