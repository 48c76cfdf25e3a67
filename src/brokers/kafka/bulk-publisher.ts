import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { waitAtMost } from '../../core/async/timeout';
import { messageOf } from '../../core/errors';
import type { OutgoingMessage } from '../../core/message';
import type { RefusedMessage } from '../../core/ports';
import { flush, produce } from './client';
import { kafkaCodeOf, KAFKA } from './errors';
import { ProducerClient, type ProducerOptions } from './producer-client';

/**
 * During a round, messages wait for each other: sent at once they would make many small requests, at four times the
 * CPU time. The flush at the end of a round sends the rest.
 */
const PROPERTIES = { 'delivery.report.only.error': 'true', 'linger.ms': '20' };

/** Longest time that a flush occupies a thread of libuv's pool, ms. */
const FLUSH_TIMEOUT = 1_000;
/** Messages of one round, more only if one call has more: they are published again after a failure. */
const MOST = 8_192;
/** Messages enqueued in one turn of the event loop: about one millisecond. */
const MOST_A_TURN = 512;
/** Failures are reported in portions of a hundred, one turn of the event loop each; this covers all of them, ms. */
const LAST_REPORTS = 100;
/** How long `end` waits for the current round, ms; a disconnect drops queued messages. */
const END_TIMEOUT = 5_000;

/** Result of a call: confirmed except for the refused messages, or `in doubt`: all, some or none may have arrived. */
export type BulkResult = readonly RefusedMessage[] | 'in doubt';

interface Call {
  readonly topic: string;
  readonly messages: readonly OutgoingMessage[];
  readonly refused: RefusedMessage[];
  /** Some of its messages could not be enqueued. */
  incomplete: boolean;
  readonly resolve: (result: BulkResult) => void;
}

/**
 * Publishes for throughput, without a delivery report for each message, which would be a third of the cost. Rounds
 * follow one another. Each round enqueues all waiting calls and flushes the client; with an empty queue and no
 * reported failure it is confirmed. After a failure nothing is known of any message of the round.
 *
 * Why that is sound, and the cost of a failed round: docs/decisions/confirmation-in-rounds.md.
 */
export class BulkPublisher {
  readonly client: ProducerClient;
  #waiting: Call[] = [];
  #rounds: Promise<void> | undefined;
  /** Reported in this round. */
  #failures = 0;
  /** Messages enqueued in this turn of the event loop. */
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

  /** Waits a bounded time for the current round; calls that are unconfirmed by then are in doubt. */
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
    // Failures before the end of the flush are delivered in the turn that ends here.
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
    // The client itself refuses it as too large: it is the only message that was not enqueued.
    refused.push({ index, reason: messageOf(error) });
    return 'taken';
  }

  async #letOthersRun(): Promise<void> {
    await nextTurn();
    this.#thisTurn = 0;
  }

  /** Until the client's queue is empty; false when that was given up. */
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
