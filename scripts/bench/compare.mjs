// Compares stream-infer with a plain Python consumer, with Kafka Streams, and with itself in other settings, on one broker and
// machine. docs/benchmarks.md describes the method.
//
//   node scripts/bench/compare.mjs [options] [-- flags of every bench]
//
//   --rows <list>                rows to measure: throughput,int8,auto,exactly-once,store,latency,neighbours,memory,
//                                scale-out,batcher,crayfish (default: throughput,latency,scale-out,batcher,crayfish)
//   --runs <n>                   number of runs, with alternating order of the sides (default: 5)
//   --count <n>                  measured images per run (default: 200000)
//   --warm-up <n>                images of the warm-up, at most 10 s (default: 100000)
//   --rate <n>, --seconds <n>    load of the latency rows (default: 1000 images/s, 10 s)
//   --neighbours <n>             busy processes in the row neighbours (default: 1); adds that row
//   --precision int8             adds the row int8
//   --memory <n>                 images in the row memory (default: 2000000); adds that row
//   --batcher-rates <low,middle> images/s (default: 500,4000)
//   --batcher-sizes <list>       fixed settings of --max-batch (default: 8,32,256)
//   --bootstrap-servers <list>   Kafka to use (default: start one; needs Java and Maven)
//   --markdown                   prints tables for docs/benchmarks.md
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inTurn } from './in-turn.mjs';
import { readOptions } from './options.mjs';
import { kafkaFor } from './own-brokers.mjs';
import { lostIn, ROWS } from './rows.mjs';
import { toMarkdown, toText } from './table.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const MAIN = join(ROOT, 'dist', 'cli', 'main.js');
/** Images until a new broker has compiled and allocated everything. */
const BROKER_WARM_UP = 100_000;
const run = promisify(execFile);

const options = readOptions(process.argv.slice(2), Object.keys(ROWS));
if (!existsSync(MAIN)) throw new Error('dist/ is missing; run node scripts/build.mjs first');
const { withPeers } = await import('./peer.mjs');
const broker = await kafkaFor(options.servers);
const folder = mkdtempSync(join(tmpdir(), 'stream-infer-compare-'));
const kafka = ['--broker', 'kafka', '--bootstrap-servers', broker.servers];
try {
  await warmBroker();
  const runs = await withTools(measureAll);
  print(runs);
  const lost = [...runs.values()].flat().reduce((sum, one) => sum + lostIn(one), 0);
  if (lost > 0) console.error(`${lost} images without a prediction`);
  process.exitCode = lost > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
  await broker.close();
}

/** Runs one unmeasured pass. */
async function warmBroker() {
  console.error('warming up the broker');
  const images = Math.min(BROKER_WARM_UP, options.load.warmUp + options.load.count);
  await bench('--parts', 'throughput', '--warm-up', 0, '--count', images);
}

async function withTools(work) {
  const common = { options, bench, folder };
  const task = { servers: broker.servers, folder, load: options.load };
  if (!options.rows.some((name) => ROWS[name].withPeers)) return await work(common);
  return await withPeers(task, (peer) => work({ ...common, peer }));
}

/** The measurements of each row, run by run. */
async function measureAll(tools) {
  const runs = new Map(options.rows.map((name) => [name, []]));
  for (let i = 1; i <= options.runs; i++) {
    for (const name of options.rows) {
      if (ROWS[name].once && i > 1) continue;
      console.error(`run ${i} of ${options.runs}: ${name}`);
      runs.get(name).push(await inTurn(ROWS[name].sides(tools), i, (side) => console.error(`  ${side}`)));
    }
  }
  return runs;
}

/** bench exits with 1 if images were lost; its output is still valid. */
async function bench(...flags) {
  const args = [MAIN, 'bench', ...kafka, ...flags, '--json', ...options.benchFlags].map(String);
  try {
    return JSON.parse((await run(process.execPath, args, { maxBuffer: 1 << 26 })).stdout);
  } catch (error) {
    if (error.code === 1 && error.stdout) return JSON.parse(error.stdout);
    throw error;
  }
}

function print(runs) {
  const format = options.markdown ? toMarkdown : toText;
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const count = options.runs === 1 ? 'one run' : `medians of ${options.runs} runs`;
  const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${gib} GiB, Node ${process.versions.node}`;
  console.log(`${machine}; ${count}\n`);
  for (const [name, measured] of runs) {
    const { title, lines } = ROWS[name];
    const figures = lines(options).map(({ pick, ...line }) => ({ ...line, values: measured.map(pick) }));
    console.log(`${format(title(options), figures)}\n`);
  }
}
