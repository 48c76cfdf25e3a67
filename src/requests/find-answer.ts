import { deadline } from '../core/async/deadline';
import { StreamInferError, isStreamInferError } from '../core/errors';
import type { Broker } from '../core/ports';
import type { RequestAnswer } from '../http/services';
import type { ReadAnswer } from './answer';

/** Time limit of a search, ms. */
const SEARCH_MS = 10_000;
/** Clocks of publishers and brokers differ by less than this, ms. */
const CLOCK_TOLERANCE_MS = 60_000;

/** A topic, and what its messages answer. */
export interface Place {
  readonly topic: string;
  readonly read: ReadAnswer;
}

/**
 * The answer to a request from the content of a topic since the time of the request, for a process that did not see it.
 * Undefined if there is none. Rejects with TIMEOUT for a topic with too many messages, and like a scan of the broker.
 */
export async function findAnswer(
  broker: Broker,
  { topic, read }: Place,
  id: string,
  requestedAt: number,
  signal: AbortSignal,
): Promise<RequestAnswer | undefined> {
  const scan = broker.createScan({
    topic,
    memory: null,
    subscription: '',
    range: {
      from: { at: 'time', ms: requestedAt - CLOCK_TOLERANCE_MS },
      to: { at: 'end' },
      mayBeEmpty: true,
    },
  });
  const until = deadline(SEARCH_MS, signal);
  try {
    await scan.open(until);
    for (;;) {
      const deliveries = await scan.next(until);
      if (until.aborted) throw tooLong(topic);
      if (deliveries.length === 0) return undefined;
      for (const delivery of deliveries) {
        const found = read(delivery);
        if (found?.id === id) return found.answer;
      }
    }
  } catch (error) {
    // A topic that does not exist has no answers.
    if (isStreamInferError(error) && error.code === 'TOPIC_MISSING') return undefined;
    throw error;
  } finally {
    await scan.close();
  }
}

function tooLong(topic: string): StreamInferError {
  return new StreamInferError(
    'TIMEOUT',
    `the answer was not found in ${topic} within ${SEARCH_MS / 1_000} s; ask a process with a results store, such as serve`,
  );
}
