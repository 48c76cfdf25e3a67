import { connectClient, consume, disconnectClient } from './client';
import { createConsumer, type NativeSdk, type Properties } from './native';

/** For joining, ms: the other members hear of it with their heartbeats and give up what they hold. */
const PATIENCE = 30_000;
const POLL_TIMEOUT = 200;

/**
 * Joins a group and leaves it again. A member without a static name that comes or goes makes the group assign all its
 * partitions anew, which no other client call does for sure. What it is assigned meanwhile it reads and forgets: it commits
 * nothing.
 *
 * @param properties of a member of the group
 * @throws (rejects with) what keeps it from connecting
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
