import type { DeadLetter } from '../core/dead-letter';
import type { Origin } from '../core/message';
import type { TopicScan } from '../core/topic-scan';
import { readDeadLetters } from './read';

/** A dead letter without the bytes of its original. */
export interface ListedLetter extends Omit<DeadLetter, 'original'> {
  readonly key: string | null;
  /** Names and values of the original's headers, as text. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Where the letter itself is. */
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

export interface LetterList {
  readonly letters: readonly ListedLetter[];
  /** There are more than `limit`. */
  readonly more: boolean;
  /** Messages that are no dead letters of this program. */
  readonly foreign: number;
}

/** At most `limit` dead letters are in memory, without their values. */
export async function listDeadLetters(options: ListOptions): Promise<LetterList> {
  const { scan, from, limit, code, signal } = options;
  const letters: ListedLetter[] = [];
  let [matching, foreign] = [0, 0];
  for await (const found of readDeadLetters(scan, signal)) {
    for (const { letter, delivery } of found) {
      if (letter === undefined) foreign++;
      if (letter === undefined || (code !== undefined && letter.code !== code)) continue;
      matching++;
      if (from === 'latest' || letters.length < limit) letters.push(toListed(letter, delivery.origin));
    }
    if (from === 'latest') keepNewest(letters, limit);
    else if (matching > limit) break;
  }
  return { letters, more: matching > limit, foreign };
}

function keepNewest(letters: ListedLetter[], limit: number): void {
  letters.sort((a, b) => b.failedAt.localeCompare(a.failedAt));
  if (letters.length > limit) letters.length = limit;
}

function toListed({ original, ...letter }: DeadLetter, { topic, partition, offset }: Origin): ListedLetter {
  return {
    ...letter,
    key: original.key === null ? null : original.key.toString('utf8'),
    headers: original.headers.map(([name, value]) => [name, value.toString()] as const),
    at: { topic, partition, offset },
  };
}
