import timers from 'node:timers/promises';
import { random } from '../faults/random';

/** A simulated process: its events end with it, and wait while it is frozen. */
export interface Actor {
  readonly name: string;
  isDead: boolean;
  /** Virtual ms. */
  frozenUntil: number;
}

/** Something that happens at a virtual time, on behalf of a process or (null) of the world around them. */
interface Event {
  at: number;
  /** Order of creation: decides between events of the same time. */
  readonly number: number;
  readonly actor: Actor | null;
  readonly run: () => void;
  isCancelled: boolean;
}

/** A timer fires late by up to this time, ms, so that timers of one moment fire in any order. */
const JITTER_MS = 0.5;
const realSetImmediate = setImmediate;

/**
 * The clock and the scheduler of a simulation. It replaces the timers, clocks and random numbers of this process, so
 * the product runs unchanged. Each step runs one event and then all promises that follow from it. Which of several
 * events is next, and how late a timer is, follows from the seed alone.
 */
export class VirtualTime {
  now = 0;
  steps = 0;
  /** The process on whose behalf the present step runs. */
  actor: Actor | null = null;
  readonly random: () => number;
  readonly #queue: Event[] = [];
  #numbers = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(seed: number) {
    this.random = random(seed);
  }

  /** An integer of at least `from` and below `to`. */
  between(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** Runs `run` after `ms`, on behalf of `actor`. Returns the function that cancels it. */
  after(ms: number, actor: Actor | null, run: () => void): () => void {
    const event = this.#schedule(ms, actor, run);
    return () => (event.isCancelled = true);
  }

  /** Runs `run` now, on behalf of `actor`. */
  as<T>(actor: Actor | null, run: () => T): T {
    const before = this.actor;
    this.actor = actor;
    try {
      return run();
    } finally {
      this.actor = before;
    }
  }

  /** Runs the next event and all that follows from it without time. Resolves with false when there is none. */
  async step(): Promise<boolean> {
    const event = this.#next();
    if (event === undefined) return false;
    this.now = Math.max(this.now, event.at);
    this.steps++;
    this.actor = event.actor;
    event.run();
    // A turn of the real event loop: until then all promises have run.
    await new Promise<void>((resolve) => realSetImmediate(resolve));
    this.actor = null;
    if (this.#failure !== undefined) throw this.#failure.error;
    return true;
  }

  /** Installs this clock until the returned function is called. Nothing else may run in this process meanwhile. */
  install(): () => void {
    const restore = [
      replace(globalThis, 'setTimeout', (run: Run, ms?: number, ...args: unknown[]) =>
        this.#timer(run, ms, args),
      ),
      replace(globalThis, 'clearTimeout', clear),
      replace(globalThis, 'setInterval', (run: Run, ms: number) => this.#interval(run, ms)),
      replace(globalThis, 'clearInterval', clear),
      replace(globalThis, 'setImmediate', (run: Run, ...args: unknown[]) => this.#timer(run, 0, args)),
      replace(globalThis, 'clearImmediate', clear),
      replace(timers, 'setTimeout', (ms: number, value: unknown, options?: { signal?: AbortSignal }) =>
        this.#sleep(ms, value, options?.signal),
      ),
      replace(timers, 'setImmediate', (value: unknown) => this.#sleep(0, value)),
      replace(performance, 'now', () => this.now),
      replace(Date, 'now', () => 1_700_000_000_000 + Math.floor(this.now)),
      replace(Math, 'random', this.random),
    ];
    const fail = (error: unknown): void => void (this.#failure ??= { error });
    process.on('unhandledRejection', fail);
    return () => {
      process.off('unhandledRejection', fail);
      for (const undo of restore) undo();
    };
  }

  #schedule(ms: number, actor: Actor | null, run: () => void): Event {
    const event = { at: this.now + ms, number: this.#numbers++, actor, run, isCancelled: false };
    push(this.#queue, event);
    return event;
  }

  #next(): Event | undefined {
    for (let event = pop(this.#queue); event !== undefined; event = pop(this.#queue)) {
      if (event.isCancelled || event.actor?.isDead === true) continue;
      const frozenUntil = event.actor?.frozenUntil ?? 0;
      if (frozenUntil <= Math.max(this.now, event.at)) return event;
      push(this.#queue, Object.assign(event, { at: frozenUntil }));
    }
    return undefined;
  }

  #timer(run: Run, ms = 0, args: unknown[] = []): Timer {
    const late = this.random() * JITTER_MS;
    return new Timer(this.#schedule(Math.max(0, ms) + late, this.actor, () => run(...args)));
  }

  #interval(run: Run, ms: number): Timer {
    const timer = this.#timer(again, ms);
    const arm = (): Event => this.#timer(again, ms).event;
    return timer;
    function again(): void {
      timer.event = arm();
      run();
    }
  }

  #sleep(ms: number, value: unknown, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(new Error('aborted'));
      const abort = (): void => {
        clear(timer);
        reject(new Error('aborted'));
      };
      const timer = this.#timer(() => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      }, ms);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

type Run = (...args: unknown[]) => void;

/** In place of Node's handle of a timer. */
class Timer {
  constructor(public event: Event) {}

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

function clear(timer: Timer | undefined): void {
  if (timer !== undefined) timer.event.isCancelled = true;
}

function replace(target: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  };
}

const isEarlier = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.number < b.number);

/** A binary heap: the earliest event is the first. */
function push(heap: Event[], event: Event): void {
  let at = heap.push(event) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (isEarlier(heap[parent]!, event)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isEarlier(heap[child + 1]!, heap[child]!)) child++;
    if (isEarlier(last, heap[child]!)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}
