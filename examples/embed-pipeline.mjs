// @ts-check
// The whole processor inside another program: node examples/embed-pipeline.mjs [memory|kafka|embedded|pubsub]
import { connectBroker, createPipeline, fromJson, loadSamples } from 'stream-infer';
import { chosenBroker, freshTopic, until } from './broker.mjs';

const broker = await connectBroker(chosenBroker());
const input = freshTopic('images');
const output = `${input}.predictions`;

const pipeline = await createPipeline({
  broker,
  config: {
    createTopics: true,
    input: { topic: input, group: 'example', subscription: `${input}-example` },
    output: { topic: output },
    inference: { workers: 1 },
  },
});

/** @type {import('stream-infer').Prediction[]} */
const predictions = [];
const reader = broker.createConsumer(
  output,
  {
    group: 'reader',
    deserialize: fromJson((value) => /** @type {import('stream-infer').Prediction} */ (value)),
  },
  ({ value }) => {
    predictions.push(value);
  },
);
await reader.ready();

// Real test images come with the package; `label` is their true class.
const { pixels, labels } = await loadSamples();
const producer = broker.createProducer(input);
await producer.sendAll(
  Array.from({ length: 100 }, (_, i) => ({
    value: pixels.subarray(i * 784, (i + 1) * 784),
    headers: { id: `sample-${i}`, label: String(labels[i]) },
  })),
);
await until(() => new Set(predictions.map(({ id }) => id)).size === 100);

const right = predictions.filter(({ correct }) => correct).length;
console.log(
  `${predictions[0]?.className} (${((predictions[0]?.confidence ?? 0) * 100).toFixed(1)} %) was the first`,
);
console.log(`${right > 80 ? 'most' : 'too few'} of ${predictions.length} predictions are right`);

// Drains: nothing is in flight when this resolves. The connection stays open, because we created it.
console.log('drained:', await pipeline.close());
await broker.close();
