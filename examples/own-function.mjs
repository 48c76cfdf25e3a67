// @ts-check
// Any function as the model: node examples/own-function.mjs [memory|kafka|embedded|pubsub]
import { connectBroker, createPipeline, fromJson } from 'stream-infer';
import { chosenBroker, freshTopic, until } from './broker.mjs';

const broker = await connectBroker(chosenBroker());
const input = freshTopic('images');
const output = `${input}.predictions`;

// It may be asynchronous: another service, a GPU, a person. If it throws, only that image becomes a dead letter.
const pipeline = await createPipeline({
  broker,
  name: 'brightness',
  config: {
    createTopics: true,
    input: { topic: input, subscription: `${input}-example` },
    output: { topic: output },
  },
  classify: async (images) =>
    images.map((image) => {
      const brightness = image.reduce((sum, pixel) => sum + pixel, 0) / image.length;
      if (brightness === 255) throw new Error('blinded');
      const label = Math.floor((brightness / 256) * 10);
      return Array.from({ length: 10 }, (_, i) => (i === label ? 1 : 0));
    }),
});

/** @type {Map<string | null, string | undefined>} */
const seen = new Map();
const results = broker.createConsumer(
  output,
  {
    group: 'reader',
    deserialize: fromJson((value) => /** @type {import('stream-infer').Prediction} */ (value)),
  },
  ({ key, value }) => {
    seen.set(key, `class ${value.label}`);
  },
);
const letters = broker.createConsumer(`${input}.dlq`, { group: 'reader' }, ({ key, header }) => {
  seen.set(key, header('error-message'));
});
await Promise.all([results.ready(), letters.ready()]);

const producer = broker.createProducer(input);
await producer.sendAll([
  { key: 'dark', value: Buffer.alloc(784, 0) },
  { key: 'grey', value: Buffer.alloc(784, 128) },
  { key: 'white', value: Buffer.alloc(784, 255) },
]);
await until(() => seen.size === 3);
for (const key of ['dark', 'grey', 'white']) console.log(`${key}: ${seen.get(key)}`);

await pipeline.close();
await broker.close();
