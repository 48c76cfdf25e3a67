import { decodeDeadLetter } from '../codec/decode-dead-letter';
import type { DeadLetter } from '../core/dead-letter';
import type { Delivery } from '../core/message';
import type { TopicScan } from '../core/topic-scan';

/** One message of the dead-letter topic. */
export interface ScannedMessage {
  readonly delivery: Delivery;
  /** undefined for a message of another program. */
  readonly deadLetter: DeadLetter | undefined;
}

/** Reads a dead-letter topic in chunks. The scan must be open. */
export async function* readDeadLetters(
  scan: TopicScan,
  signal: AbortSignal,
): AsyncGenerator<readonly ScannedMessage[]> {
  for (;;) {
    const deliveries = await scan.next(signal);
    if (deliveries.length === 0) return;
    yield deliveries.map((delivery) => ({ delivery, deadLetter: decodeDeadLetter(delivery) }));
  }
}
