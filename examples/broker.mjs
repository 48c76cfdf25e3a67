// @ts-check
// The broker that the examples run on: node examples/<example>.mjs [memory|kafka|embedded|pubsub]
import { randomBytes } from 'node:crypto';

/**
 * memory needs no setup. kafka is at KAFKA_BOOTSTRAP_SERVERS, or else at localhost:9092. embedded is a Kafka inside this
 * process. pubsub is Google's, or the emulator at PUBSUB_EMULATOR_HOST.
 *
 * @returns {import('stream-infer').BrokerOptions}
 */
export function chosenBroker() {
  const name = process.argv[2] ?? 'memory';
  const createTopics = true;
  switch (name) {
    case 'memory':
    case 'kafka':
    case 'pubsub':
      return { kind: name, createTopics };
    case 'embedded':
      return { kind: 'kafka', embedded: true, createTopics };
    default:
      throw new Error(`unknown broker ${name}; use memory, kafka, embedded or pubsub`);
  }
}

/** A new topic for each run, so that an example can be repeated. */
export function freshTopic(/** @type {string} */ name) {
  return `${name}-${randomBytes(4).toString('hex')}`;
}

/** Waits until the condition is true. @param {() => boolean} condition */
export async function until(condition) {
  const deadline = Date.now() + 120_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not true after two minutes: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
