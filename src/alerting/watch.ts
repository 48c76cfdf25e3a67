import { randomUUID } from 'node:crypto';
import type { NoticedEvent } from '../core/event';
import type { Log } from '../core/ports';
import type { Outcome } from '../core/prediction';
import type { Rule } from '../core/rule';
import { SkippedRecords } from '../core/skipped-records';
import { IMAGE_PIXELS } from '../core/image';
import { RuleEngine, type Firing } from './engine';
import type { BaselineOf } from './matcher';
import { EventJournal } from './journal';
import type { EventTask, OpenEvent } from './open-event';

export interface WatchOptions {
  readonly rules: readonly Rule[];
  /** null where messages do not come again after a crash. */
  readonly journal: string | null;
  /** Alerts are posted to a webhook, too. */
  readonly posts: boolean;
  /** Told of what the journal has in a wrong shape. */
  readonly skipped?: SkippedRecords;
  readonly log: Log;
  /** What drift is measured from. */
  readonly baselineOf?: BaselineOf;
  /** What takes the events from here on. Must be quick. */
  readonly onEvents: (events: readonly OpenEvent[]) => void;
  /** Further matches belong to an event. */
  readonly onGoingOn: (id: string, matches: number, at: number) => void;
  /** ms since 1970; tests set it. */
  readonly now?: () => number;
}

/** Events that may wait for something to be done with them; alerts may be twice as many. */
const MOST_OPEN = 1_000;

/**
 * Where the rules meet the stream: looks at outcomes before they are delivered, numbers the alerts among what it notices,
 * and writes all of it down before it returns. So a message that is settled has its events, and one that is not comes
 * again and makes no further ones.
 */
export class RuleWatch {
  readonly #engine: RuleEngine;
  readonly #journal: EventJournal | null;
  readonly #now: () => number;
  /** Of each rule, for further matches. */
  readonly #latest = new Map<string, string>();
  readonly #open = new Map<string, readonly EventTask[]>();
  readonly #raised: Map<string, number>;
  #lastAlert = 0;
  #shed = 0;

  constructor(private readonly options: WatchOptions) {
    this.#now = options.now ?? Date.now;
    const { journal: path, rules, skipped = new SkippedRecords(), log } = options;
    this.#journal = path === null ? null : new EventJournal(path, log, () => this.#engine.state, skipped);
    this.#engine = new RuleEngine(rules, this.#journal?.content.state, options.baselineOf);
    this.#raised = new Map(rules.flatMap(({ name, alert }) => (alert ? [[name, 0]] : [])));
    for (const { at, matches } of this.#journal?.content.matches ?? []) this.#engine.replay(matches, at);
    this.#lastAlert = this.#journal?.content.lastAlert ?? 0;
  }

  /**
   * Takes over what an earlier run left.
   *
   * @param lastAlert the highest number that the store knows
   * @param latest the id of each rule's latest event in the store, by rule
   */
  start(lastAlert: number, latest: ReadonlyMap<string, string> = new Map()): void {
    for (const [rule, id] of latest) this.#latest.set(rule, id);
    this.numberFrom(lastAlert);
    this.#journal?.start();
    const left = this.#journal?.content.open ?? [];
    for (const event of left) this.#hold(event);
    if (left.length > 0) this.options.onEvents(left);
  }

  /** Alerts have numbers above this one from now on. */
  numberFrom(lastAlert: number): void {
    this.#lastAlert = Math.max(this.#lastAlert, lastAlert);
  }

  /** Never throws and never waits. */
  look(outcomes: readonly Outcome[]): void {
    const finding = this.#engine.look(outcomes, this.#now());
    if (finding === null) return;
    const { at, matches, firings, folded } = finding;
    const events = firings.flatMap((firing) => this.#toEvent(firing, at) ?? []);
    this.#journal?.append(at, matches, events);
    if (events.length > 0) this.options.onEvents(events);
    for (const [rule, count] of folded) {
      const id = this.#latest.get(rule);
      if (id !== undefined) this.options.onGoingOn(id, count, at);
    }
  }

  done(id: string, task: EventTask): void {
    const left = this.#open.get(id)?.filter((one) => one !== task) ?? [];
    if (left.length === 0) this.#open.delete(id);
    else this.#open.set(id, left);
    this.#journal?.done(id, task);
  }

  /** Events of which something is to be done. */
  get open(): number {
    return this.#open.size;
  }

  /** Events that were not made because too many were open. */
  get shed(): number {
    return this.#shed;
  }

  /** Alerts by rule, without those of an earlier run. */
  get raised(): ReadonlyMap<string, number> {
    return this.#raised;
  }

  /** Why what is noticed may not survive a crash; null when all is well. */
  get alarm(): string | null {
    return this.#journal?.alarm ?? null;
  }

  close(): void {
    this.#journal?.close();
  }

  #toEvent(firing: Firing, at: number): OpenEvent | undefined {
    if (this.#open.size >= (firing.rule.alert ? 2 * MOST_OPEN : MOST_OPEN)) {
      if (this.#shed++ === 0)
        this.options.log.error({ rule: firing.rule.name }, 'too many events at once: some are not kept');
      return undefined;
    }
    const { outcome, rule } = firing;
    const alert = rule.alert ? ++this.#lastAlert : null;
    if (alert !== null) this.#raised.set(rule.name, (this.#raised.get(rule.name) ?? 0) + 1);
    const event: OpenEvent = {
      event: toNoticed(firing, alert, at),
      // Copied, since `pixels` is often a small view of a large buffer that would stay in memory.
      pixels: outcome.kind === 'prediction' ? new Uint8Array(outcome.pixels.subarray(0, IMAGE_PIXELS)) : null,
      tasks: tasksOf(alert, this.options.posts),
    };
    this.#hold(event);
    return event;
  }

  #hold({ event, tasks }: OpenEvent): void {
    this.#open.set(event.id, tasks);
    this.#latest.set(event.rule, event.id);
  }
}

function tasksOf(alert: number | null, posts: boolean): EventTask[] {
  if (alert === null) return ['store', 'publish'];
  return posts ? ['store', 'alert', 'post', 'publish'] : ['store', 'alert', 'publish'];
}

function toNoticed(firing: Firing, alert: number | null, at: number): NoticedEvent {
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
