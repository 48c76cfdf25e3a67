/** Publishes test images at a steady rate, across an outage of Kafka. */
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { images, labels, SIDE } from './garments.mjs';

/** Longer than Kafka takes to start, ms. */
const PATIENCE_MS = 300_000;
const STEP_MS = 50;

/** Resolves when Kafka has confirmed all of them. */
export async function produceImages(bootstrap, { count, perSecond }) {
  const { Producer } = createRequire(import.meta.url)('@confluentinc/kafka-javascript');
  const producer = new Producer({
    'bootstrap.servers': bootstrap,
    'enable.idempotence': true,
    'message.timeout.ms': PATIENCE_MS,
  });
  // The client reconnects by itself.
  producer.on('event.error', () => undefined);
  await promisify(producer.connect.bind(producer))({});
  const started = performance.now();
  for (let sent = 0; sent < count; await sleep(STEP_MS)) {
    const due = Math.min(count, Math.ceil(((performance.now() - started) / 1_000) * perSecond));
    for (; sent < due; sent++) {
      const pixels = images.subarray(sent * SIDE * SIDE, (sent + 1) * SIDE * SIDE);
      producer.produce('images', null, pixels, null, Date.now(), undefined, [
        { label: String(labels[sent]) },
      ]);
    }
  }
  await promisify(producer.flush.bind(producer))(PATIENCE_MS);
  await promisify(producer.disconnect.bind(producer))();
}
