// Compares this checkout with another one (an earlier commit, built) through one Kafka: pairs of runs at the same time.
// So the noise of a shared machine affects both, which it does not if they run in turn.
//
//   node scripts/bench/side-by-side.mjs <other checkout> [--pairs 8] [--count 80000] [--bootstrap-servers …] [--markdown]
import { spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kafkaFor } from './own-brokers.mjs';
import { toMarkdown, toText } from './table.mjs';

const THIS = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PART_TIMEOUT = 600_000;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: '8' },
    count: { type: 'string', default: '80000' },
    'warm-up': { type: 'string', default: '40000' },
    precision: { type: 'string', default: 'fp32' },
    'bootstrap-servers': { type: 'string' },
    markdown: { type: 'boolean', default: false },
  },
});
if (positionals.length !== 1) throw new Error('expected the folder of another checkout, with its build');
const other = resolve(positionals[0]);

const kafka = await kafkaFor(values['bootstrap-servers']);
try {
  const pairs = [];
  for (let nth = 1; nth <= Number(values.pairs); nth++) {
    console.error(`pair ${nth} of ${values.pairs}`);
    pairs.push(await measurePair(nth % 2 === 0));
  }
  const format = values.markdown ? toMarkdown : toText;
  console.log(format('this checkout against the other one, at the same time', linesOf(pairs)));
} finally {
  await kafka.close();
}

/** The side that starts first alternates. */
async function measurePair(isOtherFirst) {
  const folders = isOtherFirst ? [other, THIS] : [THIS, other];
  const reports = await Promise.all(folders.map(measure));
  const [mine, theirs] = isOtherFirst ? reports.toReversed() : reports;
  return { mine, theirs };
}

/** One worker each: two processes share the cores. */
function measure(folder) {
  const load = ['--count', values.count, '--warm-up', values['warm-up'], '--workers', '1'];
  const broker = ['--broker', 'kafka', '--bootstrap-servers', kafka.servers];
  const args = [
    'bench',
    '--parts',
    'throughput',
    '--json',
    '--precision',
    values.precision,
    ...broker,
    ...load,
  ];
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: PART_TIMEOUT,
  });
  let output = '';
  child.stdout.on('data', (part) => (output += part));
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => {
      if (code === 0) done(JSON.parse(output).throughput);
      else failed(new Error(`bench in ${folder} ended with ${code}; its dist/ may be missing`));
    });
  });
}

function linesOf(pairs) {
  const ratio = (of) => pairs.map(({ mine, theirs }) => of(mine) / of(theirs));
  const micros = (of) => ({ values: pairs.map(of), unit: 'µs', digits: 1 });
  return [
    { name: 'images/s', values: ratio((side) => side.imagesPerSecond), unit: 'times', digits: 3 },
    { name: 'CPU time an image', values: ratio((side) => side.cpu.total), unit: 'times', digits: 3 },
    { name: 'of the main thread', values: ratio((side) => side.cpu.main), unit: 'times', digits: 3 },
    { name: 'of the workers', values: ratio((side) => side.cpu.workers), unit: 'times', digits: 3 },
    { name: 'CPU time an image, this one', ...micros(({ mine }) => mine.cpu.total) },
    { name: 'CPU time an image, the other one', ...micros(({ theirs }) => theirs.cpu.total) },
  ];
}
