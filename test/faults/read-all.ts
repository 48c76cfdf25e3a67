import { consume, disconnectClient } from '../../src/brokers/kafka/client';
import type { Message } from '../../src/brokers/kafka/native';
import { openReader, type Topics } from './live-reader';

/** Reads all committed messages of these topics with a new client that saw no fault. */
export async function readAll(servers: string, topics: Topics, timeoutMs: number): Promise<Message[]> {
  const consumer = await openReader(servers, topics, () => 0);
  const left = new Set(
    Object.entries(topics).flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, p) => `${topic}/${p}`),
    ),
  );
  consumer.on('partition.eof', ({ topic, partition }) => void left.delete(`${topic}/${partition}`));
  const all: Message[] = [];
  const deadline = performance.now() + timeoutMs;
  try {
    while (left.size > 0) {
      if (performance.now() > deadline)
        throw new Error(`no end of ${[...left].join(', ')} within ${timeoutMs} ms`);
      all.push(...(await consume(consumer, 10_000)));
    }
    return all;
  } finally {
    await disconnectClient(consumer);
  }
}
