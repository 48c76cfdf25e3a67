import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Outbox } from '../../src/core/ports';
import type { Outcome } from '../../src/core/prediction';
import type { Rule } from '../../src/core/rule';
import type { UnfinishedEvent } from '../../src/alerting/event-journal';
import { RuleWatch } from '../../src/alerting/rule-watch';
import { watchedOutbox } from '../../src/alerting/rule-watch';
import { createOutcome, SILENT_LOG, type OutcomeFields } from '../helpers/services';

const COMMON = { severity: 'warning', cooldown: 0, remind: 3_600_000 } as const;
const RULES: readonly Rule[] = [
  { ...COMMON, name: 'bags', kind: 'label', labels: [8], minConfidence: 0.9, alert: true },
  { ...COMMON, name: 'coats', kind: 'label', labels: [4], minConfidence: 0, alert: false },
  {
    ...COMMON,
    name: 'unsure',
    kind: 'low-confidence',
    maxConfidence: 0.5,
    count: 3,
    window: 60_000,
    alert: true,
  },
];

const newPath = () => join(mkdtempSync(join(tmpdir(), 'stream-infer-events-')), 'events', 'a.log');
/** The same message in each call. */
function message(fields: OutcomeFields): Outcome {
  const outcome = createOutcome(fields);
  return { ...outcome, delivery: { ...outcome.delivery, timestamp: 1_700_000_000_000 } };
}
const bag = (index: number): Outcome => message({ index, label: 8, confidence: 0.95 });
const unsure = (index: number): Outcome => message({ index, label: 6, confidence: 0.4 });

interface Run {
  readonly watch: RuleWatch;
  readonly events: UnfinishedEvent[];
  readonly errors: string[];
  numbers(): (number | null)[];
}

/** A process; not closing it simulates a kill. */
function start(journal: string | null, { lastAlert = 0, rules = RULES, at = 0 } = {}): Run {
  const events: UnfinishedEvent[] = [];
  const errors: string[] = [];
  const watch = new RuleWatch({
    rules,
    journal,
    posts: false,
    log: { ...SILENT_LOG, error: (_fields, message) => void errors.push(message) },
    onEvents: (more) => void events.push(...more),
    onFurtherMatches: () => undefined,
    now: () => at,
  });
  watch.start(lastAlert);
  return { watch, events, errors, numbers: () => events.map(({ event }) => event.alert) };
}

describe('alert numbers', () => {
  it('increase, only for rules that raise alerts, and continue after a kill', () => {
    const path = newPath();
    const first = start(path);
    first.watch.evaluate([bag(1), createOutcome({ index: 2, label: 4 }), bag(3)]);
    expect(first.numbers()).toEqual([1, 2, null]);
    const second = start(path);
    second.watch.evaluate([bag(4)]);
    expect(second.numbers()).toEqual([1, 2, null, 3]);
  });

  it('are counted by rule, without those of an earlier run', () => {
    const path = newPath();
    const first = start(path).watch;
    expect([...first.raised]).toEqual([
      ['bags', 0],
      ['unsure', 0],
    ]);
    first.evaluate([bag(1), createOutcome({ index: 2, label: 4 }), bag(3)]);
    expect(first.raised.get('bags')).toBe(2);
    expect(start(path).watch.raised.get('bags')).toBe(0);
  });

  it('are never reused, even if the journal or the store is lost', () => {
    const path = newPath();
    const { watch, events } = start(path, { lastAlert: 41 });
    watch.evaluate([bag(1)]);
    expect(events[0]?.event.alert).toBe(42);
    for (const { event } of events)
      for (const task of ['store', 'alert', 'publish'] as const) watch.done(event.id, task);
    watch.close();
    const withoutStore = start(path);
    withoutStore.watch.evaluate([bag(2)]);
    expect(withoutStore.numbers()).toEqual([43]);
    rmSync(path);
    const withoutJournal = start(path, { lastAlert: 43 });
    withoutJournal.watch.evaluate([bag(3)]);
    expect(withoutJournal.numbers()).toEqual([44]);
  });
});

describe('a kill', () => {
  it('after the evaluation loses no event, and redelivery raises none twice', () => {
    const path = newPath();
    const outcomes = [bag(1), bag(2), message({ index: 3, label: 4 })];
    start(path).watch.evaluate(outcomes);
    const again = start(path);
    again.watch.evaluate(outcomes);
    again.watch.evaluate([bag(4)]);
    const ids = again.events.map(({ event }) => event.prediction?.id);
    expect(ids).toEqual(['images/1/0', 'images/2/0', 'images/3/0', 'images/0/1']);
    expect(again.numbers()).toEqual([1, 2, null, 3]);
  });

  it('between the matches of one event keeps the counted ones', () => {
    const path = newPath();
    start(path).watch.evaluate([unsure(1), unsure(2)]);
    const second = start(path, { at: 30_000 });
    second.watch.evaluate([unsure(1), unsure(2)]);
    expect(second.events).toEqual([]);
    second.watch.evaluate([unsure(3)]);
    expect(second.numbers()).toEqual([1]);
    expect(start(path).numbers()).toEqual([1]);
  });

  it('leaves only unfinished tasks', () => {
    const path = newPath();
    const first = start(path);
    first.watch.evaluate([bag(1), bag(2)]);
    const [one, two] = first.events.map(({ event }) => event.id) as [string, string];
    for (const task of ['store', 'alert', 'publish'] as const) first.watch.done(one, task);
    first.watch.done(two, 'alert');
    const second = start(path);
    expect(second.events.map(({ event, tasks }) => [event.id, tasks])).toEqual([[two, ['store', 'publish']]]);
    expect([...(second.events[0]?.pixels ?? [])]).toHaveLength(784);
  });

  it('in the middle of a record loses only that record, whose messages are redelivered', () => {
    const path = newPath();
    start(path).watch.evaluate([bag(1)]);
    appendFileSync(path, '{"at":5,"matches":{"bags":["images/2');
    const second = start(path);
    second.watch.evaluate([bag(1), bag(2)]);
    expect(second.numbers()).toEqual([1, 2]);
  });

  it('does not end the cooldown', () => {
    const path = newPath();
    const rules = RULES.map((rule) => ({ ...rule, cooldown: 60_000 }));
    start(path, { rules, at: 0 }).watch.evaluate([bag(1)]);
    const soon = start(path, { rules, at: 59_000 });
    soon.watch.evaluate([bag(2)]);
    expect(soon.numbers()).toEqual([1]);
    const late = start(path, { rules, at: 59_000 + 60_000 });
    late.watch.evaluate([bag(3)]);
    expect(late.numbers()).toEqual([1, 2]);
  });
});

describe('the journal', () => {
  it('stays small during endless matches', () => {
    const path = newPath();
    const rules = RULES.map((rule) => ({ ...rule, cooldown: 60_000 }));
    const { watch } = start(path, { rules });
    for (let turn = 0; turn < 300; turn++)
      watch.evaluate(Array.from({ length: 200 }, (_, i) => bag(turn * 200 + i)));
    expect(statSync(path).size).toBeLessThan(2 * 1024 * 1024);
    const next = start(path, { rules });
    next.watch.evaluate([bag(59_999)]);
    expect(next.events).toHaveLength(1);
  });

  it('that cannot be written is logged once, and the stream continues', () => {
    const path = newPath();
    mkdirSync(dirname(dirname(path)), { recursive: true });
    writeFileSync(dirname(path), 'a file where the folder should be');
    const { watch, events, errors } = start(path);
    watch.evaluate([bag(1)]);
    watch.evaluate([bag(2)]);
    expect(events).toHaveLength(2);
    expect(errors).toEqual([expect.stringContaining('a crash may lose events')]);
    expect(watch.alarm).toMatch(/ENOTDIR|EEXIST/);
  });

  it('with lines that are not JSON is restored as far as possible', () => {
    const path = newPath();
    start(path).watch.evaluate([bag(1)]);
    writeFileSync(path, `not JSON\n${readFileSync(path, 'utf8')}[]\n`);
    expect(start(path).numbers()).toEqual([1]);
  });
});

it('drops events beyond the limit, alerts last', () => {
  const { watch, events, errors } = start(null);
  watch.evaluate(Array.from({ length: 1_500 }, (_, index) => createOutcome({ index, label: 4 })));
  expect(events).toHaveLength(1_000);
  watch.evaluate(Array.from({ length: 1_500 }, (_, index) => bag(2_000 + index)));
  expect(events).toHaveLength(2_000);
  expect([watch.shed, errors.length]).toEqual([1_000, 1]);
});

it('evaluates the rules before outcomes are delivered', async () => {
  const order: string[] = [];
  const outbox: Outbox = {
    stalled: true,
    deliver: async (outcomes, more) => {
      order.push(`deliver ${outcomes.length} ${more}`);
      return outcomes;
    },
  };
  const watched = watchedOutbox(outbox, {
    evaluate: (outcomes) => void order.push(`look ${outcomes.length}`),
  });
  expect(await watched.deliver([bag(1)], true)).toHaveLength(1);
  expect([order, watched.stalled]).toEqual([['look 1', 'deliver 1 true'], true]);
});
