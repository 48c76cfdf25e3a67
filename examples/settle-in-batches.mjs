// @ts-check
// Acknowledging manually, many messages at once: node examples/settle-in-batches.mjs [memory|kafka|embedded|pubsub]
// For handlers that finish their work later, such as writing 100 rows at a time.
import { connectBroker, fromText, toText } from 'stream-infer';
import { chosenBroker, freshTopic, until } from './broker.mjs';

const broker = await connectBroker(chosenBroker());
const topic = freshTopic('rows');
const BATCH = 10;
let written = 0;

/** @type {import('stream-infer').ManualMessage<string>[]} */
let waiting = [];
const consumer = broker.createConsumer(
  topic,
  { group: 'writer', settle: 'manual', deserialize: fromText, handlerTimeoutMs: 60_000 },
  async (message) => {
    waiting.push(message);
    if (waiting.length < BATCH) return;
    const batch = waiting;
    waiting = [];
    await writeToDatabase(batch.map(({ value }) => value));
    // A crash before this line redelivers all of them; a crash after it, none.
    for (const one of batch) one.settle();
    written += batch.length;
  },
);
await consumer.ready();

const producer = broker.createProducer(topic, { serialize: toText });
await producer.sendAll(Array.from({ length: 3 * BATCH }, (_, i) => ({ value: `row ${i}` })));
await until(() => written === 3 * BATCH);
console.log(`settled ${written} rows in batches of ${BATCH}`);
await broker.close();

/** @param {string[]} rows */
async function writeToDatabase(rows) {
  console.log(`writing ${rows.length} rows`);
  await new Promise((resolve) => setTimeout(resolve, 5));
}
