import type { Config } from '../config/schema';
import { deadLetterSubscription, deadLetterTopic } from '../config/topics';
import { deadline } from '../core/async/deadline';
import type { TopicScan } from '../core/topic-scan';
import { CONNECT_TIMEOUT_MS, type Connection } from './connection';

/** Opens a scan of the dead-letter topic for `work` and always closes it. */
export async function scanDeadLetters<T>(
  config: Config,
  { broker, signal }: Connection,
  memory: string | null,
  work: (scan: TopicScan) => Promise<T>,
): Promise<T> {
  const scan = broker.createScan({
    topic: deadLetterTopic(config),
    subscription: deadLetterSubscription(config),
    memory,
  });
  try {
    await scan.open(deadline(CONNECT_TIMEOUT_MS, signal));
    return await work(scan);
  } finally {
    await scan.close();
  }
}
