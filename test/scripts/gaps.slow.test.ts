import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

jest.setTimeout(60_000);

const SCRIPT = pathToFileURL(join(__dirname, '../../scripts/bench/gaps.mjs')).href;

type Times = Readonly<Record<number, readonly number[]>>;
type Window = readonly [times: Times, from: number, to: number];

const WINDOWS: readonly Window[] = [
  [{ 0: [0, 10, 90], 1: [5, 20, 60] }, 0, 100],
  [{ 0: [0, 100] }, 50, 200],
  [{ 0: [0, 100] }, 0, 60],
  [{ 0: [0, 100] }, 200, 300],
  [{}, 0, 100],
];

let gaps: readonly { readonly overall: number; readonly partition: number }[];

/** All in one process of their own, since jest has no ES modules. */
beforeAll(async () => {
  const calls = WINDOWS.map(([times, from, to]) => {
    const outcomes = Object.entries(times).flatMap(([partition, all]) =>
      all.map((at) => ({ at, partition })),
    );
    return [outcomes, from, to];
  });
  const code = `import { longestGaps } from '${SCRIPT}';
    console.log(JSON.stringify(${JSON.stringify(calls)}.map((call) => longestGaps(...call))));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  gaps = JSON.parse(stdout) as typeof gaps;
});

describe('the longest gap in the outcomes', () => {
  it('is reported for all partitions together and for the worst partition', () => {
    expect(gaps[0]).toEqual({ overall: 40, partition: 80 });
  });

  it('counts in full if it began earlier, and up to the end if it ends later', () => {
    expect(gaps[1]).toMatchObject({ partition: 100 });
    expect(gaps[2]).toMatchObject({ partition: 60 });
  });

  it('is 0 without outcomes in the window', () => {
    expect(gaps.slice(3)).toEqual([
      { overall: 0, partition: 0 },
      { overall: 0, partition: 0 },
    ]);
  });
});
