import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { waitAtMost } from '../../core/async/timeout';
import { messageOf } from '../../core/errors';
import type { OutgoingMessage } from '../../core/message';
import type { RefusedMessage } from '../../core/ports';
import { flush, produce } from './client';
import { kafkaCodeOf, KAFKA } from './errors';
import { ProducerClient, type ProducerOptions } from './producer-client';

/**
 * While a round is handed over its messages wait for each other: sent at once they would make many small requests, at four
 * times the processor time. The flush behind it lets nothing linger.
 */
const PROPERTIES = { 'delivery.report.only.error': 'true', 'linger.ms': '20' };

/** A flush occupies a thread of libuv's pool for so long at most, ms. */
const FLUSH_TIMEOUT = 1_000;
/** Messages of one round, more only if one call has more: they are what is published again after a failure. */
const MOST = 8_192;
/** Messages handed over in one turn of the event loop: about a millisecond of it. */
const MOST_A_TURN = 512;
/** Reports of failures come by the hundred, one turn of the event loop each; they are over by then, ms. */
const LAST_REPORTS = 100;
/** How long `end` waits for the round that is under way, ms; a disconnect drops what is still queued. */
const END_TIMEOUT = 5_000;

/** What became of a call: confirmed but for what is refused, or `in doubt`: all, some or none of it may have arrived. */
export type BulkResult = readonly RefusedMessage[] | 'in doubt';

interface Call {
  readonly topic: string;
  readonly messages: readonly OutgoingMessage[];
  readonly refused: RefusedMessage[];
  /** Some of it was not handed over. */
  incomplete: boolean;
  readonly resolve: (result: BulkResult) => void;
}

/**
 * Publishes for throughput, without a delivery report for each message, which would be a third of what publishing costs.
 * Rounds follow one another: all calls that wait are handed to the client, the client is flushed, and when nothing is left
 * in it and no failure was reported, the round is confirmed. After a failure nothing is known of any message of the round.
 *
 * Why that is sound, and what a round costs when it fails: docs/decisions/confirmation-in-rounds.md.
 */
export class BulkPublisher {
  readonly client: ProducerClient;
  #waiting: Call[] = [];
  #rounds: Promise<void> | undefined;
  /** Reported in this round. */
  #failures = 0;
  /** Messages handed over in this turn of the event loop. */
  #thisTurn = 0;
  #ending = false;

  constructor({ properties, ...options }: ProducerOptions) {
    this.client = new ProducerClient(
      { ...options, properties: { ...properties, ...PROPERTIES } },
      { onReport: () => this.#failures++, onBroken: () => undefined },
    );
  }

  /** Never rejects. */
  publish(topic: string, messages: readonly OutgoingMessage[]): Promise<BulkResult> {
    return new Promise((resolve) => {
      this.#waiting.push({ topic, messages, refused: [], incomplete: false, resolve });
      this.#rounds ??= this.#runRounds();
    });
  }

  /** Resolves when no call waits. */
  async drained(): Promise<void> {
    await this.#rounds;
  }

  /** Waits a bounded time for the round under way; calls that are not confirmed by then are in doubt. */
  async end(): Promise<void> {
    await this.client.end(async () => {
      await waitAtMost(this.drained(), END_TIMEOUT);
      this.#ending = true;
      await this.drained();
    });
    this.#ending = true;
  }

  async #runRounds(): Promise<void> {
    while (this.#waiting.length > 0) await this.#runRound(this.#take());
    this.#rounds = undefined;
  }

  async #runRound(calls: readonly Call[]): Promise<void> {
    this.#failures = 0;
    for (const call of calls) await this.#handOver(call);
    const flushed = await this.#flush();
    // A failure was reported to this thread before the flush was over, and is told in the turn that ends here.
    await nextTurn();
    const confirmed = flushed && this.#failures === 0;
    if (confirmed) this.client.health.onAnswer();
    else if (!this.#ending) await pause(LAST_REPORTS);
    for (const { incomplete, refused, resolve } of calls)
      resolve(confirmed && !incomplete ? refused : 'in doubt');
  }

  #take(): Call[] {
    let count = 0;
    const end = this.#waiting.findIndex(({ messages }) => (count += messages.length) > MOST);
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(1, end));
  }

  async #handOver(call: Call): Promise<void> {
    for (let index = 0; index < call.messages.length; index++) {
      if (++this.#thisTurn >= MOST_A_TURN) await this.#letOthersRun();
      let result = this.#produce(call, index);
      while (result === 'full' && (await this.#flush())) result = this.#produce(call, index);
      if (result === 'taken') continue;
      call.incomplete = true;
      return;
    }
  }

  #produce({ topic, messages, refused }: Call, index: number): 'taken' | 'full' | 'failed' {
    if (this.client.failure !== undefined || this.#ending) return 'failed';
    const error = produce(this.client.native, topic, messages[index] as OutgoingMessage);
    if (error === undefined) return 'taken';
    const code = kafkaCodeOf(error);
    if (code === KAFKA.QUEUE_FULL) return 'full';
    if (code !== KAFKA.MSG_SIZE_TOO_LARGE) {
      this.client.onError(error);
      return 'failed';
    }
    // The client itself finds it too large: it is the only one that was not handed over.
    refused.push({ index, reason: messageOf(error) });
    return 'taken';
  }

  async #letOthersRun(): Promise<void> {
    await nextTurn();
    this.#thisTurn = 0;
  }

  /** Until nothing is left in the client; false when that is given up. */
  async #flush(): Promise<boolean> {
    while (!this.#ending && this.client.failure === undefined) {
      const error = await flush(this.client.native, FLUSH_TIMEOUT);
      if (error === undefined) return true;
      if (kafkaCodeOf(error) === KAFKA.TIMED_OUT) continue;
      this.client.onError(error);
      return false;
    }
    return false;
  }
}
