// Runs the programs that stream-infer is compared with on a shared topic.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createKafkaStreams } from './kafka-streams.mjs';
import { createModels } from './peer-model.mjs';
import { withPeerTopics } from './peer-topics.mjs';
import { createPython } from './python.mjs';

const DIST = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist');
const require = createRequire(import.meta.url);
const { cpuBetween, markOf } = require(join(DIST, 'bench', 'resources.js'));
const { rateAfterWarmUp, WarmUpWatch } = require(join(DIST, 'bench', 'warm-up.js'));

/** Inference threads of the peers, equal to the number of workers. */
const THREADS = 2;
const POLL_MS = 250;
/** Images still missing after this time without progress count as lost, ms. */
const STALLED_MS = 30_000;
const END_MS = 15_000;

/** @typedef {{ warmUp: number, count: number }} Load */
/** @typedef {{ imagesPerSecond: number, cpu: number, lost: number }} PeerRun */

/**
 * Fills the topic and passes a function to `work` that runs a peer by name. A peer that cannot run here returns undefined, after a message.
 *
 * @template T
 * @param {Load} load
 * @param {(peer: (task: { name: string, batch: number, precision: string, share?: number }) => Promise<PeerRun | undefined>) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withPeers({ servers, folder, load }, work) {
  const models = createModels(folder);
  const peers = { python: createPython(), 'kafka-streams': createKafkaStreams(folder) };
  return await withPeerTopics(servers, load.warmUp + load.count, async (topics) => {
    const measure = async ({ name, batch, precision, share = 1 }) => {
      const peer = peers[name];
      if (peer === undefined) return undefined;
      const part = { warmUp: Math.ceil(load.warmUp * share), count: Math.ceil(load.count * share) };
      const model = await models(precision);
      return await topics.withOutput(async (output) => {
        const task = { servers, input: topics.input, output: output.topic, model, batch, threads: THREADS };
        return await runOnce(peer({ ...task, count: part.warmUp + part.count }), output, part);
      });
    };
    return await work(measure);
  });
}

/** Polls the output's end offsets while the peer runs, and reads the broker's timestamps after it has ended. */
async function runOnce({ command, args }, output, load) {
  const total = load.warmUp + load.count;
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const stderr = stderrTail(child);
  try {
    const cpu = await untilWritten(child, output, total, load.warmUp);
    if (child.exitCode) throw new Error(`${command} exited with code ${child.exitCode}:\n${stderr()}`);
    await end(child);
    const { times, distinct } = await output.read();
    return { ...rateAfterWarmUp(times, load.warmUp), cpu, lost: Math.max(0, total - distinct) };
  } finally {
    await end(child);
  }
}

/** @returns {Promise<number>} CPU time per image after the warm-up, µs */
async function untilWritten(child, output, total, warmUp) {
  const watch = new WarmUpWatch(warmUp);
  let [written, progressAt, warm, latest] = [0, performance.now(), undefined, undefined];
  while (written < total && !child.exitCode && performance.now() - progressAt < STALLED_MS) {
    await sleep(POLL_MS);
    const now = await output.written();
    if (now > written) progressAt = performance.now();
    written = now;
    // The times of a peer that has already ended cannot be read.
    const mark = markOf([child.pid]);
    if (mark.times.size > 0) latest = { mark, written };
    if (watch.isOver(written)) warm ??= latest;
  }
  if (warm === undefined) return NaN;
  return cpuBetween(warm.mark, latest.mark, latest.written - warm.written)?.total ?? NaN;
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await gone;
  clearTimeout(force);
}

function stderrTail(child) {
  let text = '';
  child.stderr.on('data', (chunk) => (text = (text + String(chunk)).slice(-4_000)));
  return () => text;
}
