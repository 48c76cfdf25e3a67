// Compares stream-infer with a plain Python consumer, and with itself in other settings, on one broker and machine, turn
// by turn. docs/benchmarks.md tells the method.
//
//   node scripts/bench/compare.mjs [options] [-- flags of every bench]
//
//   --rows <list>                what to measure, of throughput,int8,latency,memory,scale-out,batcher,crayfish
//                                (default: throughput,latency,scale-out,batcher,crayfish)
//   --runs <n>                   how often (default: 5)
//   --count <n>                  images of a run as fast as it can (default: 60000)
//   --rate <n>, --seconds <n>    of the latency row (default: 1000 images/s, 10 s)
//   --precision int8             adds the row int8
//   --memory <n>                 adds the row memory, over n images
//   --batcher-rates <low,middle> images/s (default: 500,4000)
//   --batcher-sizes <list>       fixed settings of --max-batch (default: 8,32,256)
//   --bootstrap-servers <list>   default: starts an Apache Kafka of its own (Java and Maven)
//   --markdown                   prints tables for docs/benchmarks.md
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readOptions } from './options.mjs';
import { kafkaFor } from './own-brokers.mjs';
import { createPeer, PEER_TOPICS } from './peer.mjs';
import { lostIn, ROWS } from './rows.mjs';
import { toMarkdown, toText } from './table.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const MAIN = join(ROOT, 'dist', 'cli', 'main.js');
const WITH_PEER = ['throughput', 'int8'];
/** Images of the test set, the most that `publish` puts into a topic at a time. */
const TEST_IMAGES = 10_000;
const run = promisify(execFile);

const options = readOptions(process.argv.slice(2), Object.keys(ROWS));
if (!existsSync(MAIN)) throw new Error('there is no dist/: run node scripts/build.mjs first');
const broker = await kafkaFor(options.servers);
const folder = mkdtempSync(join(tmpdir(), 'stream-infer-compare-'));
const kafka = ['--broker', 'kafka', '--bootstrap-servers', broker.servers];
try {
  const needsPeer = options.rows.some((name) => WITH_PEER.includes(name));
  const runs = await (needsPeer ? withPeerTopics(() => measureAll()) : measureAll());
  print(runs);
  const lost = [...runs.values()].flat().reduce((sum, one) => sum + lostIn(one), 0);
  if (lost > 0) console.error(`${lost} images have no prediction`);
  process.exitCode = lost > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
  await broker.close();
}

/** The measurements of each row, run by run. */
async function measureAll() {
  const peer = options.rows.some((name) => WITH_PEER.includes(name))
    ? await createPeer(broker.servers, folder)
    : undefined;
  const tools = { options, peer, bench };
  const runs = new Map(options.rows.map((name) => [name, []]));
  for (let i = 1; i <= options.runs; i++) {
    for (const name of options.rows) {
      if (ROWS[name].once && i > 1) continue;
      console.error(`run ${i} of ${options.runs}: ${name}`);
      runs.get(name).push(await ROWS[name].measure(tools));
    }
  }
  return runs;
}

async function bench(...flags) {
  return JSON.parse(await stream('bench', ...kafka, ...flags, '--json', ...options.benchFlags));
}

/** What bench prints counts also when it ends with 1, because images were lost. */
async function stream(...args) {
  try {
    const { stdout } = await run(process.execPath, [MAIN, ...args.map(String)], { maxBuffer: 1 << 26 });
    return stdout;
  } catch (error) {
    if (args[0] === 'bench' && error.code === 1 && error.stdout) return error.stdout;
    throw error;
  }
}

/** Fills the topic that the peer reads, as often as it likes, in groups of its own. */
async function withPeerTopics(work) {
  const topics = ['--input-topic', PEER_TOPICS.input, '--output-topic', PEER_TOPICS.output];
  await stream('topics', 'create', ...kafka, ...topics);
  try {
    for (let left = options.count; left > 0; left -= TEST_IMAGES) {
      const end = Math.min(left, TEST_IMAGES);
      await stream('publish', ...kafka, ...topics, '--end', end, '--with-truth');
    }
    return await work();
  } finally {
    await stream('topics', 'delete', '--yes', ...kafka, ...topics);
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
