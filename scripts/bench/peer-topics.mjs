// The topics of the peers: one shared input, read in separate groups, and an output per run.
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist');
const require = createRequire(import.meta.url);
const { Load } = require(join(DIST, 'bench', 'load.js'));
const { PredictionFeed } = require(join(DIST, 'bench', 'prediction-feed.js'));
const { PROFILES } = require(join(DIST, 'bench', 'profiles.js'));
const { TopicEnds } = require(join(DIST, 'brokers', 'kafka', 'topic-ends.js'));
const { createBroker } = require(join(DIST, 'brokers', 'registry.js'));
const { loadDemoImages } = require(join(DIST, 'dataset', 'fashion-mnist.js'));

const PARTITIONS = 4;
const PUBLISH_STEP = 5_000;
const CONNECT_MS = 30_000;
/** Time without predictions that ends the reading, ms. */
const QUIET_MS = 3_000;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** Fills the input with the same messages as bench does. */
export async function withPeerTopics(servers, images, work) {
  const name = `peer-${randomBytes(3).toString('hex')}`;
  const settings = { properties: { 'bootstrap.servers': servers }, embedded: false };
  const context = { instanceId: name, log: SILENT };
  const broker = await createBroker('kafka', { kafka: settings }, context);
  const admin = broker.createAdmin();
  const input = { topic: `${name}-images`, partitions: PARTITIONS };
  try {
    await admin.createTopics([input]);
    await fill(broker, input.topic, images);
    let outputs = 0;
    return await work({
      input: input.topic,
      withOutput: (use) => withOutput({ broker, admin, settings }, `${name}-predictions-${++outputs}`, use),
    });
  } finally {
    await admin.deleteTopics([input]);
    await admin.close();
    await broker.close();
  }
}

async function fill(broker, topic, images) {
  const sink = broker.createSink();
  try {
    await sink.open(AbortSignal.timeout(CONNECT_MS));
    const load = new Load(sink, topic, PROFILES.cnn, await loadDemoImages({}));
    for (let at = 0; at < images; at += PUBLISH_STEP)
      await load.publish(at, Math.min(images, at + PUBLISH_STEP));
  } finally {
    await sink.close();
  }
}

/** The broker stamps the output, like that of bench. */
async function withOutput({ broker, admin, settings }, topic, use) {
  const request = { topic, partitions: PARTITIONS, stampedByBroker: true };
  await admin.createTopics([request]);
  const ends = await TopicEnds.open(settings, topic, [topic]);
  try {
    return await use({ topic, written: () => ends.count(), read: () => readAll(broker, topic) });
  } finally {
    await ends.close();
    await admin.deleteTopics([request]);
  }
}

/** Reads the sorted times of each image's first prediction, and the number of images with one. */
async function readAll(broker, topic) {
  const first = new Map();
  const feed = await PredictionFeed.open(broker, topic, AbortSignal.timeout(CONNECT_MS * 10));
  try {
    await feed.read(
      ({ prediction: { id }, publishedAt }) => {
        if (!(first.get(id) <= publishedAt)) first.set(id, publishedAt);
      },
      () => false,
      () => QUIET_MS,
    );
  } finally {
    await feed.close();
  }
  return { times: Float64Array.from(first.values()).sort(), distinct: first.size };
}
