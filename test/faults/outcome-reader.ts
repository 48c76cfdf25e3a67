import { disconnectClient } from '../../src/brokers/kafka/client';
import type { Message } from '../../src/brokers/kafka/native';
import { until } from '../helpers/cli';
import { LiveReader, openReader, partitionCount, type Topics } from './live-reader';

export interface Outcome {
  readonly topic: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads the outcome topics from their beginning without a group, and counts by input id. */
export class OutcomeReader {
  /** Number of outcomes per id. */
  readonly counts = new Map<string, number>();
  /** Ids that ended as dead letters. */
  readonly deadLetters = new Set<string>();
  /** The last outcome of each non-numeric id, for tests of its contents. */
  readonly named = new Map<string, Outcome>();
  /** When each outcome was produced, ms since 1970. */
  readonly #times: number[] = [];
  readonly #reader: LiveReader;
  #lastArrival = performance.now();

  private constructor(
    servers: string,
    topics: Topics,
    private readonly dlq: string,
  ) {
    this.#reader = new LiveReader(servers, topics, (message) => this.#count(message));
  }

  /** A topic that does not exist yet is waited for. */
  static async open(
    servers: string,
    [output, dlq]: readonly [output: string, dlq: string],
  ): Promise<OutcomeReader> {
    const consumer = await openReader(servers, {}, () => 0);
    try {
      const topics = {
        [output]: await partitionCount(consumer, output),
        [dlq]: await partitionCount(consumer, dlq),
      };
      return new OutcomeReader(servers, topics, dlq);
    } finally {
      await disconnectClient(consumer);
    }
  }

  /** The largest number of outcomes that were produced within `ms`. */
  mostWithin(ms: number): number {
    const times = this.#times.toSorted((a, b) => a - b);
    let most = 0;
    for (let first = 0, last = 0; last < times.length; last++) {
      while ((times[last] ?? 0) - (times[first] ?? 0) > ms) first++;
      most = Math.max(most, last - first + 1);
    }
    return most;
  }

  /** Waits until no outcome arrives for `ms`. */
  async quiet(ms = 1_000): Promise<void> {
    await until(
      () => performance.now() - this.#lastArrival > ms,
      60_000,
      () => 'outcomes still come',
    );
  }

  /** The outcome of a message that is not part of the numbered set. */
  async outcomeOf(id: string, timeoutMs = 90_000): Promise<Outcome> {
    await until(
      () => this.named.has(id),
      timeoutMs,
      () => `no outcome of ${id}`,
    );
    return this.named.get(id) as Outcome;
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }

  #count({ topic, value, headers, timestamp }: Message): void {
    this.#lastArrival = performance.now();
    this.#times.push(timestamp ?? Date.now());
    const texts: Record<string, string> = {};
    for (const header of headers ?? [])
      for (const [name, text] of Object.entries(header)) texts[name] ??= String(text);
    const bytes = value ?? Buffer.alloc(0);
    const isLetter = topic === this.dlq;
    const id = isLetter ? (texts['id'] ?? texts['source-id'] ?? '') : idOf(bytes);
    this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
    if (isLetter) this.deadLetters.add(id);
    if (!/^\d+$/.test(id)) this.named.set(id, { topic, value: bytes, headers: texts });
  }
}

function idOf(prediction: Buffer): string {
  return (JSON.parse(prediction.toString()) as { id: string }).id;
}
