import { deadline } from '../core/async/deadline';
import { StreamInferError } from '../core/errors';
import type { Delivery } from '../core/message';
import type { TopicScan } from '../core/topic-scan';
import { readDeadLetters } from './read';

/** How long the dead-letter topic is looked through for some letters, ms. */
const PATIENCE = 30_000;

/** Name under which the broker remembers what was redriven; the command and the running process share it. */
export function redriveMemoryOf(dlq: string): string {
  return `${dlq}.redrive`;
}

/** Letters that nobody redrove yet, as long as they are looked at. */
export interface OpenLetters {
  has(sourceId: string): boolean;
  /** They were redriven. Resolves when everybody who asks will know. */
  settle(sourceIds: readonly string[]): Promise<void>;
}

/**
 * What is known about redrives outside of this process. `work` is given those of `sourceIds` that nobody redrove yet;
 * one call waits for the other, since each would write down only what it knows itself.
 */
export type RedriveMemory = <T>(
  sourceIds: ReadonlySet<string>,
  work: (open: OpenLetters) => Promise<T>,
) => Promise<T>;

/** For a broker that nobody else can reach: what this process remembers is all there is to know. */
export const nothingElse: RedriveMemory = (sourceIds, work) =>
  work({ has: (sourceId) => sourceIds.has(sourceId), settle: async () => undefined });

export interface BrokerMemoryOptions {
  readonly dlq: string;
  /** A new one, with a memory. */
  readonly createScan: () => TopicScan;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
}

/** Looks the letters up in the dead-letter topic itself, where `dlq redrive` notes what it did. */
export function createBrokerMemory({ dlq, createScan, signal }: BrokerMemoryOptions): RedriveMemory {
  let last: Promise<unknown> = Promise.resolve();
  return (sourceIds, work) => {
    const mine = last.then(async () => {
      const scan = createScan();
      try {
        const found = await find(scan, dlq, sourceIds, deadline(PATIENCE, signal));
        return await work({
          has: (sourceId) => found.has(sourceId),
          settle: (redriven) => scan.settle(redriven.flatMap((sourceId) => found.get(sourceId) ?? [])),
        });
      } finally {
        await scan.close();
      }
    });
    last = mine.catch(() => undefined);
    return mine;
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
  for await (const letters of readDeadLetters(scan, signal)) {
    for (const { letter, delivery } of letters) {
      if (letter === undefined || !sourceIds.has(letter.sourceId)) continue;
      // A letter may be there twice, after a crash; both are the same redrive.
      found.set(letter.sourceId, [...(found.get(letter.sourceId) ?? []), delivery]);
    }
    if (found.size === sourceIds.size) return found;
  }
  if (!signal.aborted) return found;
  throw new StreamInferError(
    'TIMEOUT',
    `${dlq} was not looked through within ${PATIENCE / 1000} s; nothing was redriven. Use stream-infer dlq redrive.`,
  );
}
