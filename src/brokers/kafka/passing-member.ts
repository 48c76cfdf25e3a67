import { connectClient, consume, disconnectClient } from './client';
import { createConsumer, type NativeSdk, type Properties } from './native';

/** Time-out of the join, ms: other members notice it with their heartbeats and return their partitions. */
const PATIENCE = 30_000;
const POLL_TIMEOUT = 200;

/**
 * Joins a group and leaves it again. A member without a static name that joins or leaves makes the group reassign all
 * its partitions, which no other client call reliably does. It ignores the messages of its partitions and commits
 * nothing.
 *
 * @param properties of a member of the group
 * @throws (rejects with) the connection error
 */
export async function passThrough(sdk: NativeSdk, properties: Properties, topic: string): Promise<void> {
  const { 'group.instance.id': _, ...own } = properties;
  const consumer = createConsumer(sdk, {
    ...own,
    'enable.auto.commit': false,
    'queued.max.messages.kbytes': 64,
  });
  await connectClient(consumer, topic);
  try {
    consumer.setDefaultConsumeTimeout(POLL_TIMEOUT);
    consumer.subscribe([topic]);
    const until = performance.now() + PATIENCE;
    while (consumer.assignments().length === 0 && performance.now() < until)
      await consume(consumer, 1).catch(() => []);
  } finally {
    await disconnectClient(consumer);
  }
}
