import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

jest.setTimeout(60_000);

const script = (name: string) =>
  JSON.stringify(pathToFileURL(join(__dirname, '../../scripts/bench', name)).href);

/** Runs an ES module in a process of its own, as the comparison is run, and gives the JSON it prints. */
async function evaluate<T>(name: string, code: string): Promise<T> {
  const module = `import * as given from ${script(name)}; console.log(JSON.stringify(${code}));`;
  const args = ['--input-type=module', '-e', module];
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout) as T;
}

describe('compare.mjs', () => {
  it('reports median and range of the runs and skips missing figures', async () => {
    expect(await evaluate('table.mjs', 'given.summaryOf([5, 1, 3])')).toEqual({
      median: 3,
      lowest: 1,
      highest: 5,
      count: 3,
    });
    expect(await evaluate('table.mjs', 'given.summaryOf([4, NaN, 1, 2, 9])')).toMatchObject({ median: 3 });
    expect(await evaluate('table.mjs', 'given.summaryOf([NaN])')).toEqual({ count: 0 });
  });

  it('prints a Markdown table', async () => {
    const lines = `[
      { name: 'end to end', values: [1200, 1000, 1100], unit: 'images/s' },
      { name: 'ratio', values: [1.234], unit: '', digits: 2 },
      { name: 'CPU', values: [NaN], unit: 'µs' },
    ]`;
    expect(await evaluate('table.mjs', `given.toMarkdown('Title', ${lines})`)).toBe(
      [
        '**Title**',
        '',
        '| figure | median | lowest – highest |',
        '| --- | --- | --- |',
        '| end to end | 1,100 images/s | 1,000 – 1,200 |',
        '| ratio | 1.23 |  |',
        '| CPU | not available |  |',
      ].join('\n'),
    );
    const text = await evaluate<string>('table.mjs', `given.toText('Title', ${lines})`);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  const rowsOf = (flags: string) =>
    evaluate(
      'options.mjs',
      `given.readOptions(${flags}, ['throughput', 'int8', 'memory', 'latency', 'neighbours']).rows`,
    );

  it('measures the chosen rows and the rows added by flags', async () => {
    expect(await rowsOf("['--rows', 'latency']")).toEqual(['latency']);
    expect(await rowsOf("['--rows', 'latency', '--precision', 'int8', '--memory', '5']")).toEqual([
      'latency',
      'int8',
      'memory',
    ]);
  });

  it('has a sufficient default load, and neighbours on request', async () => {
    const options = (flags: string) =>
      evaluate('options.mjs', `given.readOptions(${flags}, ['latency', 'neighbours'])`);
    expect(await options("['--rows', 'latency']")).toMatchObject({
      load: { warmUp: 100_000, count: 200_000 },
      memory: 2_000_000,
    });
    expect(await options("['--rows', 'latency', '--warm-up', '0', '--neighbours', '2']")).toMatchObject({
      rows: ['latency', 'neighbours'],
      load: { warmUp: 0 },
      neighbours: 2,
    });
  });

  it('starts each run with a different side', async () => {
    const sides = "Object.fromEntries(['a', 'b', 'c'].map((name) => [name, async () => name]))";
    const orders = await evaluate<string[][]>(
      'in-turn.mjs',
      `await Promise.all([1, 2, 3, 4].map(async (nth) => {
        const order = [];
        await given.inTurn(${sides}, nth, (name) => order.push(name));
        return order;
      }))`,
    );
    expect(orders.map((order) => order.join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
  });

  it('rejects unknown rows and invalid numbers', async () => {
    await expect(rowsOf("['--rows', 'speed']")).rejects.toThrow('expected a list of throughput');
    await expect(rowsOf("['--rows', 'latency', '--runs', 'many']")).rejects.toThrow(
      'expected a number above 0',
    );
  });

  it('passes arguments after -- to bench', async () => {
    const flags = "['--rows', 'latency', '--', '--runtime', 'tfjs-wasm']";
    expect(await evaluate('options.mjs', `given.readOptions(${flags}, ['latency']).benchFlags`)).toEqual([
      '--runtime',
      'tfjs-wasm',
    ]);
  });

  it('has figures for each row and counts the lost images of all sides', async () => {
    const side = (lost: number) => `{ throughput: { lost: ${lost} }, latency: null }`;
    const peers = '{ lost: 4, imagesPerSecond: 1 }, absent: undefined';
    expect(await evaluate('rows.mjs', `given.lostIn({ a: ${side(2)}, b: ${side(1)}, peer: ${peers} })`)).toBe(
      7,
    );
    const options = '{ load: {}, batcherRates: [1, 2], batcherSizes: [8] }';
    const names = await evaluate<string[][]>(
      'rows.mjs',
      `Object.values(given.ROWS).map((row) => row.lines(${options}).map(({ name }) => name))`,
    );
    for (const row of names) expect(new Set(row).size).toBe(row.length);
  });
});
