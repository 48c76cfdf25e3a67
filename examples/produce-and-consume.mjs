// @ts-check
// Typed messages through a topic: node examples/produce-and-consume.mjs [memory|kafka|embedded|pubsub]
import { connectBroker, fromJson, toJson } from 'stream-infer';
import { z } from 'zod';
import { chosenBroker, freshTopic, until } from './broker.mjs';

// The check gives the value its type: `message.value` is a reading below, also in TypeScript.
const reading = z.object({ sensor: z.string(), celsius: z.number() });

const broker = await connectBroker(chosenBroker());
const topic = freshTopic('readings');

/** @type {Map<string, number>} */
const warmest = new Map();
const consumer = broker.createConsumer(
  topic,
  {
    group: 'warmest',
    from: 'earliest',
    deserialize: fromJson((value) => reading.parse(value)),
    attempts: 2,
    onError: (error) => console.log(`  ${error.code}: ${error.message}`),
  },
  async ({ value: { sensor, celsius } }) => {
    if (celsius < -273) throw new Error(`${celsius} °C does not exist`);
    warmest.set(sensor, Math.max(celsius, warmest.get(sensor) ?? -Infinity));
    // The message is acknowledged only after this has resolved.
  },
);

// Messages that fail twice arrive here, with the reason in their headers.
/** @type {(string | undefined)[]} */
const refused = [];
const clerk = broker.createConsumer(`${topic}.dlq`, { group: 'clerk' }, ({ value, header }) => {
  refused.push(header('error-code'));
  console.log(`dead letter ${value} (${header('error-message')})`);
});
await Promise.all([consumer.ready(), clerk.ready()]);

const producer = broker.createProducer(topic, { serialize: toJson });
await producer.sendAll([
  { key: 'cellar', value: { sensor: 'cellar', celsius: 12 } },
  { key: 'roof', value: { sensor: 'roof', celsius: 31 } },
  { key: 'cellar', value: { sensor: 'cellar', celsius: 13.5 } },
  { key: 'broken', value: { sensor: 'broken', celsius: -300 } },
]);
await producer.send({ sensor: 'roof' }, { key: 'roof', headers: { note: 'no temperature' } });

await until(() => warmest.get('cellar') === 13.5 && warmest.has('roof') && refused.length === 2);
console.log('warmest:', Object.fromEntries([...warmest].sort()));
console.log('refused:', refused.sort().join(', '));

await broker.close();
