import { randomUUID } from 'node:crypto';
import type { OriginalValue, RuleEvent } from '../core/event';
import { bytesPerImage } from '../core/model-shape';
import { DEFAULT_SIZE, isDefaultSize, keptPixels, thumbnailSize } from '../core/picture';
import type { Log, Outbox } from '../core/ports';
import type { Outcome } from '../core/prediction';
import type { Rule } from '../core/rule';
import { SkippedRecords } from '../core/skipped-records';
import { EventJournal, type EventTask, type UnfinishedEvent } from './event-journal';
import { RuleEngine, type Firing } from './rule-engine';
import type { BaselineOf } from './rule-matcher';

export interface WatchOptions {
  readonly rules: readonly Rule[];
  /** Names of the classes, for descriptions; Fashion-MNIST's if absent. */
  readonly labels?: readonly string[];
  /** Path of the journal; null where a crash does not lead to redelivery. */
  readonly journal: string | null;
  /** Whether alerts are also posted to a webhook. */
  readonly posts: boolean;
  /** Whether the messages behind events are kept. */
  readonly keeps?: boolean;
  /** Counts invalid records of the journal. */
  readonly skipped?: SkippedRecords;
  readonly log: Log;
  /** The baseline for drift rules. */
  readonly baselineOf?: BaselineOf;
  /** Receives new events; called on the hot path, so it must return quickly. */
  readonly onEvents: (events: readonly UnfinishedEvent[]) => void;
  /** Receives further matches of an event. */
  readonly onFurtherMatches: (id: string, matches: number, at: number) => void;
  /** ms since 1970; replaced by tests. */
  readonly now?: () => number;
}

/** Limit of events with unfinished tasks; it is twice as high for alerts. */
const MAX_UNFINISHED = 1_000;

/** A larger image is kept as its thumbnail, without derived images, bytes. */
const MAX_IMAGE_BYTES = 1024 * 1024;
/** All images of events with unfinished tasks, bytes; further events have none. */
const MAX_UNFINISHED_BYTES = 16 * 1024 * 1024;
/** All messages that wait to be kept, bytes; those of further events are not kept. */
const MAX_ORIGINAL_BYTES = 64 * 1024 * 1024;

interface Held {
  readonly tasks: readonly EventTask[];
  readonly bytes: number;
  readonly originalBytes: number;
}

/**
 * Evaluates the rules on the stream. It numbers alerts and writes events to the journal before the outcomes are delivered.
 * So each acknowledged message has its events, and a redelivered one creates no second event.
 */
export class RuleWatch {
  readonly #engine: RuleEngine;
  readonly #journal: EventJournal | null;
  readonly #now: () => number;
  /** The latest event id of each rule, for further matches. */
  readonly #latest = new Map<string, string>();
  readonly #unfinished = new Map<string, Held>();
  #unfinishedBytes = 0;
  #originalBytes = 0;
  readonly #raised: Map<string, number>;
  #lastAlert = 0;
  #shed = 0;

  constructor(private readonly options: WatchOptions) {
    this.#now = options.now ?? Date.now;
    const { journal: path, rules, skipped = new SkippedRecords(), log } = options;
    this.#journal = path === null ? null : new EventJournal(path, log, () => this.#engine.state, skipped);
    this.#engine = new RuleEngine(rules, this.#journal?.content.state, options.baselineOf, options.labels);
    this.#raised = new Map(rules.flatMap(({ name, alert }) => (alert ? [[name, 0]] : [])));
    for (const { at, matches } of this.#journal?.content.matches ?? []) this.#engine.replay(matches, at);
    this.#lastAlert = this.#journal?.content.lastAlert ?? 0;
  }

  /**
   * Resumes the unfinished events of an earlier run.
   *
   * @param lastAlert the highest alert number in the store
   * @param latest the id of each rule's latest event in the store, by rule
   */
  start(lastAlert: number, latest: ReadonlyMap<string, string> = new Map()): void {
    for (const [rule, id] of latest) this.#latest.set(rule, id);
    this.numberFrom(lastAlert);
    this.#journal?.start();
    const unfinished = this.#journal?.content.unfinished ?? [];
    for (const event of unfinished) this.#hold(event);
    if (unfinished.length > 0) this.options.onEvents(unfinished);
  }

  /** New alerts get numbers above this one. */
  numberFrom(lastAlert: number): void {
    this.#lastAlert = Math.max(this.#lastAlert, lastAlert);
  }

  /** Never throws and never blocks. */
  evaluate(outcomes: readonly Outcome[]): void {
    const finding = this.#engine.evaluate(outcomes, this.#now());
    if (finding === null) return;
    const { at, matches, firings, folded } = finding;
    const events = firings.flatMap((firing) => this.#toEvent(firing, at) ?? []);
    this.#journal?.append(at, matches, events);
    if (events.length > 0) this.options.onEvents(events);
    for (const [rule, count] of folded) {
      const id = this.#latest.get(rule);
      if (id !== undefined) this.options.onFurtherMatches(id, count, at);
    }
  }

  done(id: string, task: EventTask): void {
    const { tasks = [], bytes = 0, originalBytes = 0 } = this.#unfinished.get(id) ?? {};
    const unfinished = tasks.filter((one) => one !== task);
    const isKept = task === 'keep';
    if (isKept) this.#originalBytes -= originalBytes;
    if (unfinished.length > 0)
      this.#unfinished.set(id, { tasks: unfinished, bytes, originalBytes: isKept ? 0 : originalBytes });
    else if (this.#unfinished.delete(id)) this.#unfinishedBytes -= bytes;
    this.#journal?.done(id, task);
  }

  /** Number of events with unfinished tasks. */
  get unfinished(): number {
    return this.#unfinished.size;
  }

  /** Events dropped because too many were unfinished. */
  get shed(): number {
    return this.#shed;
  }

  /** Alerts of this run by rule. */
  get raised(): ReadonlyMap<string, number> {
    return this.#raised;
  }

  /** Why events may not survive a crash; null if the journal is writable. */
  get alarm(): string | null {
    return this.#journal?.alarm ?? null;
  }

  close(): void {
    this.#journal?.close();
  }

  #toEvent(firing: Firing, at: number): UnfinishedEvent | undefined {
    if (this.#unfinished.size >= (firing.rule.alert ? 2 * MAX_UNFINISHED : MAX_UNFINISHED)) {
      if (this.#shed++ === 0)
        this.options.log.error(
          { rule: firing.rule.name },
          'too many unfinished events; further events are dropped',
        );
      return undefined;
    }
    const { outcome, rule } = firing;
    const alert = rule.alert ? ++this.#lastAlert : null;
    if (alert !== null) this.#raised.set(rule.name, (this.#raised.get(rule.name) ?? 0) + 1);
    const original = this.options.keeps ? this.#originalOf(outcome) : undefined;
    const event: UnfinishedEvent = {
      event: toRuleEvent(firing, alert, at),
      ...this.#imageOf(outcome),
      tasks: [...tasksOf(alert, this.options.posts), ...(original ? (['keep'] as const) : [])],
      ...(original && { original }),
    };
    this.#hold(event);
    return event;
  }

  /** Copied, because `pixels` is often a small view of a large buffer. */
  #imageOf(outcome: Outcome): Pick<UnfinishedEvent, 'pixels' | 'imageSize'> {
    if (outcome.kind === 'dead letter') return { pixels: null };
    const { pixels, imageSize: size = DEFAULT_SIZE } = outcome;
    const isWhole = pixels.length === bytesPerImage(size) && pixels.length <= MAX_IMAGE_BYTES;
    const kept = isWhole ? pixels : keptPixels(outcome);
    if (pixels.length === 0 || this.#unfinishedBytes + kept.length > MAX_UNFINISHED_BYTES)
      return { pixels: null };
    const imageSize = isWhole ? size : thumbnailSize(size);
    return { pixels: new Uint8Array(kept), ...(!isDefaultSize(imageSize) && { imageSize }) };
  }

  /** Copied as well. */
  #originalOf({ delivery: { value, headers } }: Outcome): OriginalValue | undefined {
    const bytes = value?.length ?? 0;
    if (this.#originalBytes + bytes > MAX_ORIGINAL_BYTES) {
      this.options.log.warn(
        { bytes },
        'too many messages wait to be kept; keeping the event without its original',
      );
      return undefined;
    }
    // An empty value may have its reference in a header.
    return { value: Buffer.from(value ?? []), headers };
  }

  #hold({ event, tasks, pixels, original }: UnfinishedEvent): void {
    const bytes = pixels?.length ?? 0;
    const originalBytes = original?.value?.length ?? 0;
    this.#unfinished.set(event.id, { tasks, bytes, originalBytes });
    this.#unfinishedBytes += bytes;
    this.#originalBytes += originalBytes;
    this.#latest.set(event.rule, event.id);
  }
}

function tasksOf(alert: number | null, posts: boolean): EventTask[] {
  if (alert === null) return ['store', 'publish'];
  return posts ? ['store', 'alert', 'post', 'publish'] : ['store', 'alert', 'publish'];
}

function toRuleEvent(firing: Firing, alert: number | null, at: number): RuleEvent {
  const { rule, outcome, count, description, drift } = firing;
  return {
    schemaVersion: 1,
    id: randomUUID(),
    rule: rule.name,
    kind: rule.kind,
    severity: rule.severity,
    description,
    at: new Date(at).toISOString(),
    count,
    alert,
    ...(outcome.kind === 'prediction'
      ? { prediction: outcome.prediction }
      : {
          deadLetter: {
            sourceId: outcome.delivery.sourceId,
            code: outcome.rejection.code,
            message: outcome.rejection.message,
          },
        }),
    ...(drift && { drift }),
  };
}

/**
 * An outbox that evaluates the rules before it delivers outcomes. An observer of the pipeline is called after the delivery,
 * so a crash in between would lose events.
 */
export function watchedOutbox(outbox: Outbox, watch: Pick<RuleWatch, 'evaluate'>): Outbox {
  return {
    get stalled() {
      return outbox.stalled;
    },
    deliver: (outcomes, more) => {
      watch.evaluate(outcomes);
      return outbox.deliver(outcomes, more);
    },
  };
}
