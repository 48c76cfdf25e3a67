import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

jest.setTimeout(60_000);

const SCRIPT = pathToFileURL(join(__dirname, '../../scripts/bench/swap-windows.mjs')).href;

interface Outcome {
  readonly number: number;
  readonly version: number;
  readonly batch: string;
  readonly size: number;
  readonly at: number;
  readonly madeAt: number;
}

/** In a process of its own, since jest has no ES modules. */
async function call(name: string, ...args: unknown[]): Promise<unknown> {
  const code = `import { ${name} } from '${SCRIPT}';
    console.log(JSON.stringify(${name}(...${JSON.stringify(args)})));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  return JSON.parse(stdout);
}

function outcome(number: number, more: Partial<Outcome> = {}): Outcome {
  return { number, version: 1, batch: 'a', size: 2, at: number * 10, madeAt: number * 10 - 5, ...more };
}

describe('the evaluation of model swaps', () => {
  it('counts missing and duplicate predictions, and batches with two versions', async () => {
    const outcomes = [
      outcome(0),
      outcome(1, { version: 2 }),
      outcome(3, { batch: 'b' }),
      outcome(3, { batch: 'c', version: 2 }),
    ];
    expect(await call('accountOf', outcomes, 5)).toEqual({
      account: { published: 5, predictions: 4, missing: 2, twice: 1, 'mixed batches': 1 },
      wrong: 4,
    });
    expect(await call('accountOf', [outcome(0)], 1)).toMatchObject({ wrong: 0 });
    // Two batches of one image each, at the same time.
    const twins = [outcome(0, { size: 1 }), outcome(1, { size: 1, version: 2 })];
    expect(await call('accountOf', twins, 2)).toMatchObject({ wrong: 0 });
  });

  it('compares gaps, rates and latencies of windows with and without a swap', async () => {
    const outcomes = [0, 1, 2, 3, 10, 11, 12, 13].map((number) => outcome(number));
    const windows = { swap: [{ from: 0, answered: 60, to: 100 }], steady: [{ from: 100, to: 140 }] };
    expect(await call('compareWindows', outcomes, windows)).toEqual({
      swap: [{ perSecond: 40, gapMs: 70, latency: { p50: 5, p99: 5, max: 5 } }],
      steady: [{ perSecond: 100, gapMs: 10, latency: { p50: 5, p99: 5, max: 5 } }],
      loads: [60],
    });
  });
});
