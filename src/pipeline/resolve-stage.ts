import { withTimeout } from '../core/async/timeout';
import { messageOf } from '../core/errors';
import type { Delivery } from '../core/message';
import type { Log } from '../core/ports';
import {
  isPending,
  type Answer,
  type PostponedValue,
  type RefusedValue,
  type Resolution,
  type ResolvedValue,
  type ValueResolver,
} from '../core/resolver';
import { ResolvePause } from './resolve-pause';

/** Answers that are awaited at the same time. */
const CONCURRENCY = 64;
/** Longest wait for an answer, ms. */
const LONGEST_MS = 60_000;

export interface ResolveSteps {
  /** null: the value stays as it is. */
  accept(delivery: Delivery, resolved: ResolvedValue | null): void;
  refuse(delivery: Delivery, refusal: RefusedValue): void;
  /** Without an outcome: the broker redelivers it. */
  abandon(delivery: Delivery): void;
  /** After a number of calls of `accept` and `refuse` that did not follow from `add`. */
  flush(): void;
  /** False for a delivery that another process has received since. */
  isCurrent(delivery: Delivery): boolean;
  /** False while the limit of bytes in flight is reached. */
  hasRoom(): boolean;
}

export interface ResolveLimits {
  /** Answers that are awaited at the same time. */
  readonly concurrency?: number | undefined;
  /** First wait of a pause, ms. */
  readonly firstWaitMs?: number;
}

/** `waiting` for its turn or for the end of a pause, `running`, `done` behind an earlier message, or `gone`. */
interface Entry {
  readonly delivery: Delivery;
  /** The messages of a lane continue in their order; null: at once. */
  readonly lane: string | null;
  state: 'waiting' | 'running' | 'done' | 'gone';
  answer: FinalAnswer;
}

type FinalAnswer = Exclude<Resolution, PostponedValue> | null;

/**
 * Resolves values before the messages are recognised. The messages of a partition continue in their order; on a broker
 * without partitions, each one continues when it has its answer.
 *
 * A postponed message pauses the stream: it is tried again, alone, until it has a final answer.
 */
export class ResolveStage {
  readonly #pause: ResolvePause;
  readonly #stopped = new AbortController();
  /** All messages here. */
  readonly #entries = new Set<Entry>();
  readonly #lanes = new Map<string, Entry[]>();
  /** In the order of arrival. */
  #waiting: Entry[] = [];
  #postponed: Entry[] = [];
  /** The postponed message that is tried during a pause. */
  #trial: Entry | null = null;
  readonly #concurrency: number;
  #running = 0;
  #isStopping = false;

  constructor(
    private readonly resolver: ValueResolver,
    private readonly steps: ResolveSteps,
    log: Log,
    { concurrency = CONCURRENCY, firstWaitMs }: ResolveLimits = {},
  ) {
    this.#concurrency = concurrency;
    this.#pause = new ResolvePause(log, firstWaitMs);
  }

  /** Why no messages are taken at present; null while they are. */
  get pausedFor(): string | null {
    return this.#pause.reason;
  }

  /** How many further messages may be taken now; in large steps, since a few cost as much as many. */
  room(): number {
    if (this.#pause.reason !== null) return 0;
    const room = 2 * this.#concurrency - this.#entries.size;
    return room < this.#concurrency / 2 ? 0 : room;
  }

  /** Call it in the order of arrival. A message that needs no work continues at once. */
  add(delivery: Delivery): void {
    if (this.#stopped.signal.aborted) return this.steps.abandon(delivery);
    if (this.#entries.size > 0) {
      this.#waiting.push(this.#enter(delivery));
      return this.#startWaiting();
    }
    const answer = this.#ask(delivery);
    if (isPending(answer) || answer?.kind === 'postponed') this.#follow(this.#enter(delivery), answer);
    else this.#pass(delivery, answer);
  }

  /** There is room for more bytes. */
  resume(): void {
    if (this.#waiting.length === 0) return;
    this.#startWaiting();
    this.steps.flush();
  }

  /** Messages that are postponed, now or later, are abandoned; others still get their answers. */
  stop(): void {
    this.#isStopping = true;
    if (this.#pause.reason !== null) this.end();
  }

  /** Abandons all messages. */
  end(): void {
    this.#pause.stop();
    this.#stopped.abort();
    const left = [...this.#entries];
    this.#waiting = this.#postponed = [];
    this.#lanes.clear();
    this.#entries.clear();
    for (const entry of left) {
      entry.state = 'gone';
      this.steps.abandon(entry.delivery);
    }
  }

  #enter(delivery: Delivery): Entry {
    const entry: Entry = { delivery, lane: laneOf(delivery), state: 'waiting', answer: null };
    this.#entries.add(entry);
    if (entry.lane === null) return entry;
    const lane = this.#lanes.get(entry.lane);
    if (lane === undefined) this.#lanes.set(entry.lane, [entry]);
    else lane.push(entry);
    return entry;
  }

  #startWaiting(): void {
    while (this.#waiting.length > 0 && this.#mayStart()) this.#start(this.#waiting.shift() as Entry);
  }

  #mayStart(): boolean {
    if (this.#pause.reason !== null || this.#running >= this.#concurrency) return false;
    return this.#running === 0 || this.steps.hasRoom();
  }

  #start(entry: Entry): void {
    if (this.steps.isCurrent(entry.delivery)) this.#follow(entry, this.#ask(entry.delivery));
    else this.#drop(entry);
  }

  /** A resolver does not throw; if it does, nothing is known about the message. */
  #ask(delivery: Delivery): Answer {
    try {
      return this.resolver.resolve(delivery, this.#stopped.signal);
    } catch (error) {
      return postponedBy(error);
    }
  }

  #follow(entry: Entry, answer: Answer): void {
    if (isPending(answer)) void this.#await(entry, answer);
    else this.#answered(entry, answer);
  }

  async #await(entry: Entry, pending: Promise<Resolution | null>): Promise<void> {
    entry.state = 'running';
    this.#running++;
    const answer = await withTimeout(pending, LONGEST_MS, tooLate).catch(postponedBy);
    this.#running--;
    if (!this.#entries.has(entry)) return;
    this.#answered(entry, answer);
    this.#startWaiting();
    this.steps.flush();
  }

  #answered(entry: Entry, answer: Resolution | null): void {
    if (answer?.kind === 'postponed') return this.#postpone(entry, answer);
    entry.state = 'done';
    entry.answer = answer;
    if (entry.lane === null) this.#leave(entry);
    else this.#emptyLane(entry.lane);
    if (entry === this.#trial) this.#endPause();
  }

  #postpone(entry: Entry, answer: PostponedValue): void {
    entry.state = 'waiting';
    if (entry === this.#trial) this.#postponed.unshift(entry);
    else this.#postponed.push(entry);
    // Messages that were running when the pause began may fail too, and must not prolong it.
    if (this.#pause.reason === null || entry === this.#trial) {
      this.#trial = null;
      this.#pause.begin(answer, () => this.#try());
    }
    if (this.#isStopping) this.end();
  }

  #try(): void {
    this.#trial = this.#postponed.shift() ?? null;
    if (this.#trial === null) this.#endPause();
    else this.#start(this.#trial);
    this.steps.flush();
  }

  #endPause(): void {
    this.#trial = null;
    this.#pause.end();
    this.#waiting = [...this.#postponed.splice(0), ...this.#waiting];
    this.#startWaiting();
  }

  /** Another process has this message now. */
  #drop(entry: Entry): void {
    entry.state = 'gone';
    this.#entries.delete(entry);
    this.steps.abandon(entry.delivery);
    if (entry.lane !== null) this.#emptyLane(entry.lane);
    if (entry === this.#trial) this.#endPause();
  }

  /** In order, up to the first message without an answer. */
  #emptyLane(name: string): void {
    const lane = this.#lanes.get(name) ?? [];
    for (let first = lane[0]; first?.state === 'done' || first?.state === 'gone'; first = lane[0]) {
      lane.shift();
      if (first.state === 'done') this.#leave(first);
    }
    if (lane.length === 0) this.#lanes.delete(name);
  }

  #leave(entry: Entry): void {
    this.#entries.delete(entry);
    this.#pass(entry.delivery, entry.answer);
  }

  #pass(delivery: Delivery, answer: FinalAnswer): void {
    if (answer?.kind === 'refused') this.steps.refuse(delivery, answer);
    else this.steps.accept(delivery, answer);
  }
}

function laneOf(delivery: Delivery): string | null {
  const { topic, partition } = delivery.place ?? delivery.origin;
  return partition === null ? null : `${topic}/${partition}`;
}

function tooLate(): Error {
  return new Error(`there is no answer within ${LONGEST_MS / 1_000} s`);
}

function postponedBy(error: unknown): PostponedValue {
  return { kind: 'postponed', reason: `a message cannot be resolved: ${messageOf(error)}` };
}
