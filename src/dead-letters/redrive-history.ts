import { livesInProcess } from '../config/broker';
import type { Config } from '../config/schema';
import { deadLetterSubscription, deadLetterTopic } from '../config/topics';
import { deadline } from '../core/async/deadline';
import { StreamInferError } from '../core/errors';
import type { Delivery } from '../core/message';
import type { Broker } from '../core/ports';
import type { TopicScan } from '../core/topic-scan';
import { readDeadLetters } from './read-dead-letters';

/** Time-out of a search in the dead-letter topic, ms. */
const SEARCH_MS = 30_000;

/** Consumer group or marker that records redrives in the broker, shared by the command and running processes. */
export function redriveHistoryOf(dlq: string): string {
  return `${dlq}.redrive`;
}

/** Dead letters that were not redriven yet. */
export interface PendingDeadLetters {
  has(sourceId: string): boolean;
  /** Records them as redriven. Resolves when other processes see it. */
  settle(sourceIds: readonly string[]): Promise<void>;
}

/**
 * Redrives by other processes. `work` receives the dead letters of `sourceIds` that were not redriven yet. Calls run one
 * after the other, since each records only its own redrives.
 */
export type RedriveHistory = <T>(
  sourceIds: ReadonlySet<string>,
  work: (pending: PendingDeadLetters) => Promise<T>,
) => Promise<T>;

/** For a broker inside this process: no other process can redrive. */
export const noSharedHistory: RedriveHistory = (sourceIds, work) =>
  work({ has: (sourceId) => sourceIds.has(sourceId), settle: async () => undefined });

/** @param signal aborts when the process stops */
export function redriveHistory(broker: Broker, config: Config, signal: AbortSignal): RedriveHistory {
  // These brokers end with this process and drop old messages that are still in its memory.
  if (livesInProcess(config)) return noSharedHistory;
  const dlq = deadLetterTopic(config);
  const scan = { topic: dlq, memory: redriveHistoryOf(dlq), subscription: deadLetterSubscription(config) };
  return createBrokerHistory({ dlq, signal, createScan: () => broker.createScan(scan) });
}

interface BrokerHistoryOptions {
  readonly dlq: string;
  /** Creates a scan that records redrives. */
  readonly createScan: () => TopicScan;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
}

/** Searches the dead-letter topic itself, where `dlq redrive` records its redrives. */
function createBrokerHistory({ dlq, createScan, signal }: BrokerHistoryOptions): RedriveHistory {
  let last: Promise<unknown> = Promise.resolve();
  return (sourceIds, work) => {
    const result = last.then(async () => {
      const scan = createScan();
      try {
        const found = await find(scan, dlq, sourceIds, deadline(SEARCH_MS, signal));
        return await work({
          has: (sourceId) => found.has(sourceId),
          settle: (redriven) => scan.settle(redriven.flatMap((sourceId) => found.get(sourceId) ?? [])),
        });
      } finally {
        await scan.close();
      }
    });
    last = result.catch(() => undefined);
    return result;
  };
}

async function find(
  scan: TopicScan,
  dlq: string,
  sourceIds: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Map<string, Delivery[]>> {
  const found = new Map<string, Delivery[]>();
  await scan.open(signal);
  for await (const deadLetters of readDeadLetters(scan, signal)) {
    for (const { deadLetter, delivery } of deadLetters) {
      if (deadLetter === undefined || !sourceIds.has(deadLetter.sourceId)) continue;
      // A crash may leave a dead letter twice; both belong to the same redrive.
      found.set(deadLetter.sourceId, [...(found.get(deadLetter.sourceId) ?? []), delivery]);
    }
    if (found.size === sourceIds.size) return found;
  }
  if (!signal.aborted) return found;
  throw new StreamInferError(
    'TIMEOUT',
    `searching ${dlq} took longer than ${SEARCH_MS / 1000} s; nothing was redriven; use the command \`dlq redrive\``,
  );
}
