// The programs that stream-infer is compared with: one run of one of them on the topic that all of them read.
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

/** Both have as many threads for inference as the program has workers. */
const THREADS = 2;
const POLL_MS = 250;
/** No message has come for so long: the rest is lost. */
const STALLED_MS = 30_000;
const END_MS = 15_000;

/** @typedef {{ warmUp: number, count: number }} Load */
/** @typedef {{ imagesPerSecond: number, cpu: number, lost: number }} PeerRun */

/**
 * Fills the topic, and gives `work` the peers of this machine by name. One that cannot run here is absent, with a message.
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

/** Watches the end of the output while the peer works, and reads the times of the broker when it has gone. */
async function runOnce({ command, args }, output, load) {
  const total = load.warmUp + load.count;
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const stderr = lastWords(child);
  try {
    const cpu = await untilWritten(child, output, total, load.warmUp);
    if (child.exitCode) throw new Error(`${command} ended with ${child.exitCode}:\n${stderr()}`);
    await end(child);
    const { times, distinct } = await output.read();
    return { ...rateAfterWarmUp(times, load.warmUp), cpu, lost: Math.max(0, total - distinct) };
  } finally {
    await end(child);
  }
}

/** @returns {Promise<number>} processor time an image after the warm-up, µs */
async function untilWritten(child, output, total, warmUp) {
  const watch = new WarmUpWatch(warmUp);
  let [written, heardAt, warm, latest] = [0, performance.now(), undefined, undefined];
  while (written < total && !child.exitCode && performance.now() - heardAt < STALLED_MS) {
    await sleep(POLL_MS);
    const now = await output.written();
    if (now > written) heardAt = performance.now();
    written = now;
    // A peer that has ended by itself cannot be asked any more.
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

function lastWords(child) {
  let text = '';
  child.stderr.on('data', (chunk) => (text = (text + String(chunk)).slice(-4_000)));
  return () => text;
}
