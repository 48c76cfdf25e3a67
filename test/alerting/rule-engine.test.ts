import type { Outcome } from '../../src/core/prediction';
import type { Rule } from '../../src/core/rule';
import { RuleEngine, type Finding } from '../../src/alerting/rule-engine';
import { makeDelivery } from '../helpers/deliveries';
import { createOutcome, type OutcomeFields } from '../helpers/services';

const COMMON = { severity: 'warning', alert: true, cooldown: 60_000, remind: 3_600_000 } as const;
const BAGS: Rule = { ...COMMON, name: 'bags', kind: 'label', labels: [8], minConfidence: 0.9 };
const UNSURE: Rule = {
  ...COMMON,
  name: 'unsure',
  kind: 'low-confidence',
  maxConfidence: 0.5,
  count: 3,
  window: 10_000,
};

let index = 0;
beforeEach(() => (index = 0));

/** A new message in each call. */
const of = (fields: OutcomeFields): Outcome => createOutcome({ index: index++, ...fields });
const letter = (offset: number): Outcome => ({
  kind: 'dead letter',
  delivery: makeDelivery(offset),
  rejection: { code: 'CORRUPT', message: 'cut off', stage: 'decode', attempts: 1 },
});
const fired = (finding: Finding | null) => finding?.firings.map(({ rule }) => rule.name) ?? [];

describe('rules', () => {
  it('match a class above a confidence', () => {
    const engine = new RuleEngine([BAGS]);
    expect(
      engine.evaluate([of({ label: 8, confidence: 0.89 }), of({ label: 7, confidence: 1 })], 0),
    ).toBeNull();
    const finding = engine.evaluate([of({ label: 8, confidence: 0.9 })], 0);
    expect(fired(finding)).toEqual(['bags']);
    expect(finding?.firings[0]?.description).toBe('Bag with 90 %; the rule matches Bag with at least 90 %.');
  });

  it('match enough uncertain predictions, but only within the window', () => {
    const unsure = () => of({ label: 6, confidence: 0.4 });
    const slow = new RuleEngine([UNSURE]);
    for (let at = 0; at < 100_000; at += 5_000) expect(fired(slow.evaluate([unsure()], at))).toEqual([]);
    const quick = new RuleEngine([UNSURE]);
    expect(fired(quick.evaluate([unsure(), unsure()], 0))).toEqual([]);
    const finding = quick.evaluate([unsure()], 9_999);
    expect(fired(finding)).toEqual(['unsure']);
    expect(finding?.firings[0]?.description).toBe(
      '3 predictions at or below 50 % within 10 s; latest: Shirt with 40 %.',
    );
  });

  it('match images with more than so many objects', () => {
    const rule: Rule = {
      ...COMMON,
      name: 'crowd',
      kind: 'objects',
      label: 0,
      minConfidence: 0.5,
      moreThan: 1,
    };
    const box = [0, 0, 1, 1] as const;
    const found = (...confidences: number[]) =>
      confidences.map((confidence) => ({ label: 0, className: 'person', confidence, box }));
    const engine = new RuleEngine([rule], {}, () => undefined, ['person', 'car', 'nothing']);
    const car = { label: 1, className: 'car', confidence: 0.9, box };
    expect(engine.evaluate([of({}), of({ objects: [...found(0.9, 0.4), car] })], 0)).toBeNull();
    const finding = engine.evaluate([of({ objects: [car, ...found(0.9, 0.5)] })], 0);
    expect(finding?.firings[0]?.description).toBe(
      '2 person, 1 car; the rule matches more than 1 × person with at least 50 %.',
    );
    const any = new RuleEngine([{ ...rule, label: undefined, minConfidence: 0 }], {}, () => undefined, []);
    const [firing] = any.evaluate([of({ objects: [car, ...found(0.9)] })], 0)?.firings ?? [];
    expect(firing?.description).toBe('1 car, 1 person; the rule matches more than 1 object.');
  });

  it('match wrong predictions only with a known truth', () => {
    const engine = new RuleEngine([{ ...COMMON, name: 'wrong', kind: 'wrong', count: 1, window: 1_000 }]);
    expect(engine.evaluate([of({ label: 1 }), of({ label: 1, truth: 1 })], 0)).toBeNull();
    const [firing] = engine.evaluate([of({ label: 6, truth: 0, confidence: 0.71 })], 0)?.firings ?? [];
    expect(firing?.description).toBe('A wrong prediction: Shirt with 71 %, actually T-shirt/top.');
  });

  it('match too many predictions of a class, and too many dead letters', () => {
    const engine = new RuleEngine([
      { ...COMMON, name: 'many', kind: 'rate', label: 2, moreThan: 2, window: 1_000 },
      {
        ...COMMON,
        name: 'invalid samples',
        kind: 'dead-letters',
        moreThan: 1,
        window: 1_000,
        codes: ['CORRUPT'],
      },
    ]);
    expect(
      fired(engine.evaluate([of({ label: 2 }), of({ label: 2 }), of({ label: 3 }), letter(100)], 0)),
    ).toEqual([]);
    expect(fired(engine.evaluate([of({ label: 2 })], 10))).toEqual(['many']);
    expect(fired(engine.evaluate([letter(101)], 20))).toEqual(['invalid samples']);
  });

  it('match a drift of the classes', () => {
    const rule: Rule = {
      ...COMMON,
      name: 'drift',
      kind: 'drift',
      above: 0.25,
      samples: 100,
      baseline: Array.from({ length: 10 }, () => 0.1),
    };
    const engine = new RuleEngine([rule]);
    const block = (labelOf: (i: number) => number) =>
      engine.evaluate(
        Array.from({ length: 100 }, (_, i) => of({ label: labelOf(i) })),
        0,
      );
    expect(block((i) => i % 10)).toBeNull();
    const finding = block((i) => (i < 60 ? 8 : i % 10));
    expect(fired(finding)).toEqual(['drift']);
    expect(finding?.firings[0]?.description).toMatch(
      /stability index 1\.\d\d, limit 0\.\d\d\): Bag is 64 % instead of 10 %/,
    );
  });
});

describe('debouncing', () => {
  const bag = () => of({ label: 8, confidence: 0.95 });

  it('fires once per incident, and re-arms after a cooldown without a match', () => {
    const engine = new RuleEngine([BAGS]);
    const events: number[] = [];
    for (let at = 0; at < 600_000; at += 1_000)
      if (fired(engine.evaluate([bag(), bag()], at)).length) events.push(at);
    expect(events).toEqual([0]);
    expect(fired(engine.evaluate([bag()], 599_000 + 59_999))).toEqual([]);
    expect(fired(engine.evaluate([bag()], 599_000 + 59_999 + 60_000))).toEqual(['bags']);
  });

  it('fires again after the reminder time', () => {
    const engine = new RuleEngine([BAGS]);
    let events = 0;
    for (let at = 0; at <= 7_200_000; at += 30_000) events += fired(engine.evaluate([bag()], at)).length;
    expect(events).toBe(3);
  });

  it('counts further matches of the previous event', () => {
    const engine = new RuleEngine([BAGS]);
    engine.evaluate([bag()], 0);
    expect(engine.evaluate([bag(), bag()], 10)?.folded.get('bags')).toBe(2);
  });

  it('is off with a cooldown of 0', () => {
    const engine = new RuleEngine([{ ...BAGS, cooldown: 0 }]);
    expect(fired(engine.evaluate([bag(), bag(), bag()], 0))).toHaveLength(3);
  });
});

describe('redelivered messages', () => {
  const unsure = () => of({ label: 6, confidence: 0.4 });

  it('count once, before and after the event', () => {
    const engine = new RuleEngine([{ ...UNSURE, cooldown: 0 }]);
    const [first, second, third] = [unsure(), unsure(), unsure()];
    expect(fired(engine.evaluate([first, first, second, second], 0))).toEqual([]);
    expect(fired(engine.evaluate([third], 1))).toEqual(['unsure']);
    expect(engine.evaluate([first, second, third], 2)).toBeNull();
  });

  it('count once across a restart, from the state or from the matches alone', () => {
    const rules = [{ ...UNSURE, cooldown: 0 }];
    const [first, second, third] = [unsure(), unsure(), unsure()];
    const before = new RuleEngine(rules);
    const { matches, at } = before.evaluate([first, second], 5) as Finding;
    const replayed = new RuleEngine(rules);
    replayed.replay([...matches, ['gone', ['x']]], at);
    const restored = new RuleEngine(rules, JSON.parse(JSON.stringify(before.state)) as typeof before.state);
    for (const engine of [replayed, restored]) {
      expect(engine.evaluate([first, second], 6)).toBeNull();
      expect(fired(engine.evaluate([third], 7))).toEqual(['unsure']);
    }
  });

  it('are remembered in order, and the oldest are dropped first', () => {
    const rules = [{ ...BAGS, cooldown: 0 }];
    const engine = new RuleEngine(rules);
    const bag = of({ label: 8, confidence: 0.95 });
    const bags = Array.from({ length: 9_000 }, (_, i) => ({
      ...bag,
      delivery: { ...bag.delivery, sourceId: `many/${i}` },
    }));
    engine.evaluate(bags, 0);
    const restored = new RuleEngine(rules, engine.state);
    for (const one of [engine, restored]) {
      expect(one.evaluate(bags.slice(-8_192), 1)).toBeNull();
      expect(fired(one.evaluate([of({ label: 8, confidence: 0.95 })], 2))).toHaveLength(1);
      expect(one.evaluate(bags.slice(-8_191), 3)).toBeNull();
      expect(fired(one.evaluate(bags.slice(-8_192, -8_191), 4))).toHaveLength(1);
    }
  });

  it('are different messages in a recreated topic', () => {
    const engine = new RuleEngine([{ ...BAGS, cooldown: 0 }]);
    const one = createOutcome({ label: 8, confidence: 0.95 });
    const anew = { ...one, delivery: { ...one.delivery, timestamp: one.delivery.timestamp + 1 } };
    expect([fired(engine.evaluate([one], 0)), fired(engine.evaluate([anew], 0))]).toEqual([
      ['bags'],
      ['bags'],
    ]);
  });
});
