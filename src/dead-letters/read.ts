import { decodeDeadLetter } from '../codec/decode-dead-letter';
import type { DeadLetter } from '../core/dead-letter';
import type { Delivery } from '../core/message';
import type { TopicScan } from '../core/topic-scan';

/** One message of the dead-letter topic. */
export interface FoundLetter {
  readonly delivery: Delivery;
  /** undefined for a message that another program put there. */
  readonly letter: DeadLetter | undefined;
}

/** What a dead-letter topic holds, in the chunks in which it is read. The scan must be open. */
export async function* readDeadLetters(
  scan: TopicScan,
  signal: AbortSignal,
): AsyncGenerator<readonly FoundLetter[]> {
  for (;;) {
    const deliveries = await scan.next(signal);
    if (deliveries.length === 0) return;
    yield deliveries.map((delivery) => ({ delivery, letter: decodeDeadLetter(delivery) }));
  }
}
