import { byteSize, type Delivery } from '../core/message';
import type { MessageSource, Outbox } from '../core/ports';
import type { Outcome } from '../core/prediction';

/** A source, as the pipeline reads it. */
type TakenFrom = Pick<MessageSource, 'receive' | 'isCurrent'>;

/** One call of `deliver`: complete when each of its outcomes is durable or abandoned. */
interface Call {
  open: number;
  readonly durable: Outcome[];
  readonly resolve: (durable: readonly Outcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** An outcome that waits for earlier messages of its key. */
interface Held {
  readonly outcome: Outcome;
  readonly call: Call;
}

/** Outcomes that are published in one call. */
interface Group {
  readonly entries: readonly Held[];
  readonly more: boolean | undefined;
  /** Nothing else is published meanwhile. */
  readonly alone: boolean;
}

/**
 * From this size on, an outcome is published alone, bytes. A broker that finds it too large refuses its whole request. The
 * others of the request would be repeated after later ones of their keys.
 */
const LARGE = 64 * 1024;

/** Messages of one key without a durable outcome, in the order of their arrival. */
interface KeyQueue {
  deliveries: Delivery[];
  /** Outcomes of its first messages are being published. */
  publishing: boolean;
}

/**
 * Publishes the outcomes of each key in the order in which their messages arrived, although batches of several workers
 * end in any order. An outcome waits until all earlier ones of its key are confirmed, or are of its kind and part of the
 * same publish. Messages without a key do not wait.
 */
export class KeyOrder implements Outbox {
  readonly #queues = new Map<string, KeyQueue>();
  readonly #held = new Map<Delivery, Held>();
  /** Behind an abandoned delivery of their key, and without an outcome so far. */
  readonly #abandoned = new WeakSet<Delivery>();
  readonly #groups: Group[] = [];
  #source: TakenFrom | undefined;
  /** Groups that are being published. */
  #running = 0;
  #isAlone = false;

  constructor(private readonly outbox: Outbox) {}

  get stalled(): boolean {
    return this.outbox.stalled;
  }

  /** The same source; the order of its deliveries is the one that is kept. */
  watching(source: TakenFrom): TakenFrom {
    this.#source = source;
    return {
      isCurrent: (delivery) => source.isCurrent(delivery),
      receive: async (max, signal) => {
        const deliveries = await source.receive(max, signal);
        for (const delivery of deliveries) this.#add(delivery);
        return deliveries;
      },
    };
  }

  deliver(outcomes: readonly Outcome[], more?: boolean): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      const call: Call = { open: outcomes.length, durable: [], resolve, reject };
      const free: Held[] = [];
      const keys = new Set<string>();
      for (const outcome of outcomes) {
        const key = keyOf(outcome.delivery);
        if (this.#abandoned.has(outcome.delivery)) close(call);
        else if (key === null || !this.#queues.has(key)) free.push({ outcome, call });
        else {
          this.#held.set(outcome.delivery, { outcome, call });
          keys.add(key);
        }
      }
      for (const key of keys) this.#takeReady(key, free);
      this.#publish(free, more);
    });
  }

  /**
   * A delivery gets no outcome here, and is redelivered. The later ones of its key must not overtake it: they are
   * abandoned, too. Where another process has it already, they are no longer in order anyway, and continue.
   */
  abandon(delivery: Delivery): void {
    const key = keyOf(delivery);
    const queue = key === null ? undefined : this.#queues.get(key);
    const at = queue?.deliveries.indexOf(delivery) ?? -1;
    if (key === null || queue === undefined || at < 0) return;
    if (this.#source?.isCurrent(delivery) === false) queue.deliveries.splice(at, 1);
    else for (const later of queue.deliveries.splice(at).slice(1)) this.#drop(later);
    if (queue.publishing) return;
    const ready: Held[] = [];
    this.#continue(key, ready);
    this.#publish(ready);
  }

  #drop(delivery: Delivery): void {
    const held = this.#held.get(delivery);
    if (held === undefined) return void this.#abandoned.add(delivery);
    this.#held.delete(delivery);
    close(held.call);
  }

  #add(delivery: Delivery): void {
    const key = keyOf(delivery);
    if (key === null) return;
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, { deliveries: [delivery], publishing: false });
    else queue.deliveries.push(delivery);
  }

  /** Moves the outcomes that nothing precedes any more. */
  #takeReady(key: string, ready: Held[]): void {
    const queue = this.#queues.get(key);
    if (queue === undefined || queue.publishing) return;
    let count = 0;
    let kind: Outcome['kind'] | undefined;
    for (const delivery of queue.deliveries) {
      const held = this.#held.get(delivery);
      if (held === undefined) break;
      const large = isLarge(held.outcome);
      // A refused prediction becomes a dead letter, and must come before later ones.
      if (held.outcome.kind !== (kind ??= held.outcome.kind) || (large && count > 0)) break;
      this.#held.delete(delivery);
      ready.push(held);
      count++;
      if (large) break;
    }
    if (count === 0) return;
    queue.deliveries = queue.deliveries.slice(count);
    queue.publishing = true;
  }

  #publish(entries: readonly Held[], more?: boolean): void {
    const together = entries.filter(({ outcome }) => !isLarge(outcome));
    if (together.length > 0) this.#groups.push({ entries: together, more, alone: false });
    for (const entry of entries)
      if (isLarge(entry.outcome)) this.#groups.push({ entries: [entry], more, alone: true });
    this.#start();
  }

  #start(): void {
    for (let next = this.#groups[0]; next !== undefined; next = this.#groups[0]) {
      if (this.#isAlone || (next.alone && this.#running > 0)) return;
      this.#groups.shift();
      void this.#publishGroup(next);
    }
  }

  async #publishGroup({ entries, more, alone }: Group): Promise<void> {
    this.#running++;
    this.#isAlone = alone;
    try {
      const outcomes = entries.map(({ outcome }) => outcome);
      this.#onDurable(entries, new Set(await this.outbox.deliver(outcomes, more)), more);
    } catch (error) {
      for (const { call } of entries) call.reject(error);
    } finally {
      this.#running--;
      this.#isAlone = false;
      this.#start();
    }
  }

  #onDurable(entries: readonly Held[], durable: ReadonlySet<Outcome>, more?: boolean): void {
    const keys = new Set<string>();
    for (const { outcome, call } of entries) {
      const key = keyOf(outcome.delivery);
      if (key !== null) keys.add(key);
      if (durable.has(outcome)) call.durable.push(outcome);
      close(call);
    }
    const ready: Held[] = [];
    for (const key of keys) this.#continue(key, ready);
    this.#publish(ready, more);
  }

  #continue(key: string, ready: Held[]): void {
    const queue = this.#queues.get(key);
    if (queue === undefined) return;
    queue.publishing = false;
    if (queue.deliveries.length === 0) this.#queues.delete(key);
    else this.#takeReady(key, ready);
  }
}

/** One outcome less. */
function close(call: Call): void {
  if (--call.open === 0) call.resolve(call.durable);
}

/** Whether it may exceed what a broker accepts. A prediction repeats the key and the headers, a dead letter everything. */
function isLarge({ kind, delivery }: Outcome): boolean {
  const { key, value, headers } = delivery;
  return byteSize({ key, headers, value: kind === 'prediction' ? null : value }) >= LARGE;
}

/** As text, for a map; every byte is one character. */
function keyOf({ key }: Delivery): string | null {
  return key === null ? null : key.toString('latin1');
}
