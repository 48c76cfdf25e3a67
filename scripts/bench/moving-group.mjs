// Measures a consumer group while another process joins and leaves, with images at a steady rate.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { longestGaps } from './gaps.mjs';

const DIST = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist');
const require = createRequire(import.meta.url);
const { MeasuredProcess } = require(join(DIST, 'bench', 'measured-process.js'));
const { PredictionFeed } = require(join(DIST, 'bench', 'prediction-feed.js'));
const { loadDemoImages } = require(join(DIST, 'dataset', 'fashion-mnist.js'));
const { pixelsAt } = require(join(DIST, 'bench', 'load-images.js'));

/** Publishing interval, which is the resolution of the gaps, ms. */
const TICK_MS = 20;
/** Enough distinct keys to reach all of eight partitions. */
const KEYS = 256;
/** Time with a stable group before and after each change, ms. */
const STEADY_MS = 5_000;
/** A static member that left keeps its partitions until its session times out (45 s). */
const SETTLED_MS = 60_000;
/** Images still missing after this time count as lost, ms. */
const LAST_MS = 30_000;

/**
 * @param {object} group broker (of this process), topics { input, output }, args of `run`, folder, processes, rate (images/s)
 * @returns {Promise<{ steady, join, leave, published: number, lost: number, duplicates: number }>} gaps in ms
 */
export async function moveGroup({ broker, topics, args, folder, processes, rate }) {
  const over = new AbortController();
  const members = await startAll(processes, args, folder, over.signal);
  const outcomes = [];
  const feed = await PredictionFeed.open(broker, topics.output, over.signal);
  const reading = feed.read(
    ({ number, prediction }) =>
      outcomes.push({
        number,
        at: Date.parse(prediction.predictedAt),
        partition: prediction.source.partition,
      }),
    () => false,
    () => Infinity,
  );
  const load = await startLoad(broker, topics.input, rate);
  try {
    await sleep(STEADY_MS);
    const steadyAt = Date.now() - STEADY_MS / 2;
    const joinAt = Date.now();
    const [guest] = await startAll(1, args, folder, over.signal);
    await sleep(STEADY_MS);
    const leaveAt = Date.now();
    await guest.stop();
    await everyPartitionSince(outcomes, Date.now());
    await sleep(STEADY_MS);
    const endAt = Date.now();
    const published = await load.stop();
    const { distinct, duplicates } = await counted(outcomes, published);
    return {
      steady: longestGaps(outcomes, steadyAt, joinAt),
      join: longestGaps(outcomes, joinAt, leaveAt),
      leave: longestGaps(outcomes, leaveAt, endAt),
      published,
      lost: published - distinct,
      duplicates,
    };
  } finally {
    await load.stop();
    over.abort();
    await reading.catch(() => undefined);
    await feed.close();
    await Promise.all(members.map((member) => member.stop()));
  }
}

async function startAll(count, args, folder, signal) {
  return await Promise.all(Array.from({ length: count }, () => MeasuredProcess.start(args, folder, signal)));
}

/** Publishes in an open loop: due images are sent without waiting for earlier ones. */
async function startLoad(broker, topic, rate) {
  const images = await loadDemoImages({});
  const sink = broker.createSink();
  await sink.open(AbortSignal.timeout(LAST_MS));
  const startedAt = performance.now();
  const pending = new Set();
  let published = 0;
  let stopping;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * rate) - published;
    if (due <= 0) return;
    const batch = Array.from({ length: due }, (_, i) => toMessage(images, published + i));
    published += due;
    const sending = sink.publish(topic, batch).finally(() => pending.delete(sending));
    pending.add(sending);
  }, TICK_MS);
  const stop = async () => {
    clearInterval(timer);
    await Promise.all(pending);
    await sink.close();
    return published;
  };
  return { stop: () => (stopping ??= stop()) };
}

function toMessage(images, number) {
  const value = pixelsAt(images, number % images.size);
  return { key: String(number % KEYS), value, headers: [['index', String(number)]] };
}

/** Waits until every partition has a new outcome, or times out. */
async function everyPartitionSince(outcomes, since) {
  const partitions = new Set(outcomes.map(({ partition }) => partition));
  const deadline = Date.now() + SETTLED_MS;
  for (let seen = new Set(); seen.size < partitions.size && Date.now() < deadline; await sleep(200))
    seen = new Set(outcomes.filter(({ at }) => at > since).map(({ partition }) => partition));
}

async function counted(outcomes, published) {
  const distinct = () => new Set(outcomes.map(({ number }) => number)).size;
  const deadline = Date.now() + LAST_MS;
  while (distinct() < published && Date.now() < deadline) await sleep(200);
  // Duplicates arrive a little later.
  await sleep(1_000);
  return { distinct: distinct(), duplicates: outcomes.length - distinct() };
}
