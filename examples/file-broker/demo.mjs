// @ts-check
// Images through folders, classified by the shipped model: node examples/file-broker/demo.mjs [folder]
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectBroker, createPipeline, loadSamples } from 'stream-infer';
import { until } from '../broker.mjs';
import { createFileBroker } from './broker.mjs';

const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'file-broker-')));
const broker = await connectBroker({
  kind: 'adapter',
  adapter: createFileBroker(folder),
  createTopics: true,
});
const pipeline = await createPipeline({ broker, config: { inference: { workers: 1 } } });

/** @type {Set<string>} */
const seen = new Set();
broker.createConsumer('predictions', { group: 'reader' }, ({ value }) => {
  const { id, className } = JSON.parse(value.toString());
  if (seen.size < 3) console.log(`${id}: ${className}`);
  seen.add(id);
});

const { pixels } = await loadSamples();
const producer = broker.createProducer('images');
await producer.sendAll(
  Array.from({ length: 50 }, (_, i) => ({ value: pixels.subarray(i * 784, (i + 1) * 784) })),
);
await until(() => seen.size >= 50);
console.log(`${seen.size} predictions are in ${join(folder, 'predictions')}`);
await pipeline.close();
await broker.close();
