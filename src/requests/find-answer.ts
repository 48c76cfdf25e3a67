import { deadline } from '../core/async/deadline';
import { StreamInferError, isStreamInferError } from '../core/errors';
import type { Broker } from '../core/ports';
import type { FoundAnswer, ReadAnswer } from './answer';

/** Time limit of a search, ms. */
const SEARCH_MS = 10_000;
/** Clocks of publishers and brokers differ by less than this, ms. */
const CLOCK_TOLERANCE_MS = 60_000;

/** A topic, and what its messages answer. */
export interface Place {
  readonly topic: string;
  readonly read: ReadAnswer;
}

/** Which answers to look for. */
export interface Search {
  /** Answers are not older than this, ms since 1970. */
  readonly since: number;
  /** Time limit, ms; 10 s if absent. */
  readonly limitMs?: number;
  /** Called with each answer; true ends the search. */
  readonly visit: (found: FoundAnswer) => boolean;
}

/**
 * Reads the answers to requests in a topic since a time, for a process that did not see them.
 * Rejects with TIMEOUT for a topic with too many messages, and like a scan of the broker.
 */
export async function findAnswers(
  broker: Broker,
  { topic, read }: Place,
  { since, limitMs = SEARCH_MS, visit }: Search,
  signal: AbortSignal,
): Promise<void> {
  const scan = broker.createScan({
    topic,
    memory: null,
    subscription: '',
    range: {
      from: { at: 'time', ms: since - CLOCK_TOLERANCE_MS },
      to: { at: 'end' },
      mayBeEmpty: true,
    },
  });
  const until = deadline(limitMs, signal);
  try {
    await scan.open(until);
    for (;;) {
      const deliveries = await scan.next(until);
      if (until.aborted) throw tooLong(topic, limitMs);
      if (deliveries.length === 0) return;
      for (const delivery of deliveries) {
        const found = read(delivery);
        if (found !== undefined && visit(found)) return;
      }
    }
  } catch (error) {
    // A topic that does not exist has no answers.
    if (isStreamInferError(error) && error.code === 'TOPIC_MISSING') return;
    throw error;
  } finally {
    await scan.close();
  }
}

function tooLong(topic: string, limitMs: number): StreamInferError {
  return new StreamInferError(
    'TIMEOUT',
    `the answer was not found in ${topic} within ${limitMs / 1_000} s; ask a process with a results store, such as serve`,
  );
}
