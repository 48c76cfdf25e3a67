import type { DeadLetter } from '../core/dead-letter';
import type { Origin } from '../core/message';
import type { TopicScan } from '../core/topic-scan';
import { readDeadLetters } from './read-dead-letters';

/** A dead letter without the bytes of its original. */
export interface ListedDeadLetter extends Omit<DeadLetter, 'original'> {
  readonly key: string | null;
  /** Names and values of the original's headers, as text. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Position in the dead-letter topic. */
  readonly at: Pick<Origin, 'topic' | 'partition' | 'offset'>;
}

export interface ListOptions {
  readonly scan: TopicScan;
  /** `earliest`: oldest first. `latest`: newest first. */
  readonly from: 'earliest' | 'latest';
  readonly limit: number;
  readonly code?: string | undefined;
  readonly signal: AbortSignal;
}

export interface DeadLetterList {
  readonly deadLetters: readonly ListedDeadLetter[];
  /** True if there are more than `limit`. */
  readonly more: boolean;
  /** Messages that are not dead letters of this program. */
  readonly foreign: number;
}

/** Keeps at most `limit` dead letters and one chunk in memory. */
export async function listDeadLetters(options: ListOptions): Promise<DeadLetterList> {
  const { scan, from, limit, code, signal } = options;
  const deadLetters: ListedDeadLetter[] = [];
  let [matching, foreign] = [0, 0];
  for await (const found of readDeadLetters(scan, signal)) {
    for (const { deadLetter, delivery } of found) {
      if (deadLetter === undefined) foreign++;
      if (deadLetter === undefined || (code !== undefined && deadLetter.code !== code)) continue;
      matching++;
      if (from === 'latest' || deadLetters.length < limit)
        deadLetters.push(toListed(deadLetter, delivery.origin));
    }
    if (from === 'latest') keepNewest(deadLetters, limit);
    else if (matching > limit) break;
  }
  return { deadLetters, more: matching > limit, foreign };
}

function keepNewest(deadLetters: ListedDeadLetter[], limit: number): void {
  deadLetters.sort((a, b) => b.failedAt.localeCompare(a.failedAt));
  if (deadLetters.length > limit) deadLetters.length = limit;
}

function toListed(
  { original, ...deadLetter }: DeadLetter,
  { topic, partition, offset }: Origin,
): ListedDeadLetter {
  return {
    ...deadLetter,
    key: original.key === null ? null : original.key.toString('utf8'),
    headers: original.headers.map(([name, value]) => [name, value.toString()] as const),
    at: { topic, partition, offset },
  };
}
