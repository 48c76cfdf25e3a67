import { encodeAlert, encodeEvent, toAlertMessage } from '../../src/codec/event-json';
import { headerText, type OutgoingMessage } from '../../src/core/message';
import type { Outcome } from '../../src/core/prediction';
import { RULE_KINDS, type Rule } from '../../src/core/rule';
import type { UnfinishedEvent } from '../../src/alerting/event-journal';
import { RuleWatch } from '../../src/alerting/rule-watch';
import { makeDelivery } from '../helpers/deliveries';
import { mistakesIn, readSchema } from '../helpers/schemas';
import { createOutcome, SILENT_LOG } from '../helpers/services';

const EVEN: readonly number[] = Array.from({ length: 10 }, () => 0.1);
const COMMON = { severity: 'warning', alert: true, cooldown: 0, remind: 3_600_000 } as const;
const ONE_OF_EACH: readonly Rule[] = [
  { ...COMMON, name: 'bags', kind: 'label', labels: [8], minConfidence: 0.9 },
  { ...COMMON, name: 'unsure', kind: 'low-confidence', maxConfidence: 0.5, count: 2, window: 60_000 },
  { ...COMMON, name: 'mistakes', kind: 'wrong', count: 1, window: 60_000, alert: false },
  { ...COMMON, name: 'flood', kind: 'rate', label: 8, moreThan: 1, window: 60_000, severity: 'info' },
  { ...COMMON, name: 'crowd', kind: 'objects', minConfidence: 0, moreThan: 0 },
  { ...COMMON, name: 'rubbish', kind: 'dead-letters', moreThan: 1, window: 60_000, severity: 'critical' },
  { ...COMMON, name: 'drift', kind: 'drift', above: 0.2, samples: 6, baseline: EVEN },
];

/** Of a model that finds objects. */
function withObjects(index: number): Outcome {
  const { prediction, ...outcome } = createOutcome({ index });
  const { probabilities, ...others } = prediction;
  const box = [1, 2, 3.5, 4] as const;
  const objects = [{ label: 0, className: 'person', confidence: 0.9, box }];
  const frame = { width: 640, height: 480, view: [0, -80, 640, 640] as const };
  expect(probabilities).toBeDefined();
  return { ...outcome, prediction: { ...others, schemaVersion: 2, objects, frame } };
}

function deadLetter(offset: number): Outcome {
  const rejection = { code: 'NOT_AN_IMAGE', message: 'text', stage: 'admission', attempts: 1 } as const;
  return { kind: 'dead letter', delivery: makeDelivery(offset), rejection };
}

/** What rules of every kind make of a handful of outcomes. */
function noticeOneOfEach(): UnfinishedEvent[] {
  const events: UnfinishedEvent[] = [];
  const watch = new RuleWatch({
    rules: ONE_OF_EACH,
    journal: null,
    posts: false,
    log: SILENT_LOG,
    onEvents: (more) => void events.push(...more),
    onFurtherMatches: () => undefined,
  });
  watch.evaluate([
    createOutcome({ index: 1, label: 8, confidence: 0.95 }),
    createOutcome({ index: 2, label: 8, confidence: 0.3, truth: 3 }),
    createOutcome({ index: 3, label: 8, confidence: 0.3 }),
    ...[4, 5, 6].map((index) => createOutcome({ index, label: 8, confidence: 0.7 })),
    withObjects(9),
    deadLetter(7),
    deadLetter(8),
  ]);
  const latest = new Map(events.map((open) => [open.event.kind, open]));
  expect([...latest.keys()].sort()).toEqual([...RULE_KINDS].sort());
  return [...latest.values()];
}

const noticed = noticeOneOfEach();
const derived = { enlarged: new Uint8Array([1, 2]), occlusion: new Uint8Array([3]) };
const jsonOf = ({ value }: OutgoingMessage) => JSON.parse(String(value)) as Record<string, unknown>;

describe.each(noticed.map((open) => [open.event.kind, open] as const))('an event of a rule %s', (_, open) => {
  it('follows the published schema, with its images and without', () => {
    for (const images of [derived, null])
      expect(mistakesIn('event', jsonOf(encodeEvent(open, images, 'ce_')))).toBeUndefined();
  });

  it('follows the published schema as an alert', () => {
    const alert = toAlertMessage({ ...open.event, alert: 17 }, 17, 'host-1');
    expect(mistakesIn('alert', jsonOf(encodeAlert(alert, 'ce-')))).toBeUndefined();
  });
});

describe('the published schemas', () => {
  const [open] = noticed as [UnfinishedEvent];

  it.each([
    ['a field more', { more: 1 }],
    ['none of its images', { images: undefined }],
    ['an image that is not base64', { images: { image: 'no base64!' } }],
    ['a prediction that is none', { prediction: { label: 8 } }],
  ])('refuse an event with %s', (_, change) => {
    const event = jsonOf(encodeEvent(open, derived, 'ce_'));
    expect(mistakesIn('event', { ...event, ...change })).toBeDefined();
  });

  it.each([
    ['no number', { alert: null }],
    ['a page elsewhere', { page: 'https://elsewhere/alerts/17' }],
    ['images', { images: {} }],
  ])('refuse an alert with %s', (_, change) => {
    const alert = jsonOf(encodeAlert(toAlertMessage({ ...open.event, alert: 17 }, 17, 'here'), 'ce_'));
    expect(mistakesIn('alert', alert)).toBeUndefined();
    expect(mistakesIn('alert', { ...alert, ...change })).toBeDefined();
  });

  it('contain the prediction in the form of its own schema', () => {
    const { $schema, title, description, ...prediction } = readSchema('prediction') as Record<
      string,
      unknown
    >;
    expect([$schema, title, description]).not.toContain(undefined);
    expect(readSchema('event').$defs?.prediction).toEqual(prediction);
    expect(readSchema('alert').$defs?.prediction).toEqual(prediction);
    expect(readSchema('prediction', 2)).toMatchObject(readSchema('event').$defs?.predictionV2 as object);
    expect(readSchema('alert').$defs?.predictionV2).toEqual(readSchema('event').$defs?.predictionV2);
  });
});

describe('a message of a rule', () => {
  it('is keyed by it and has CloudEvents headers, those of an alert with its number', () => {
    const [open] = noticed as [UnfinishedEvent];
    const event = encodeEvent(open, null, 'ce_');
    expect(event.key).toBe(open.event.rule);
    expect(headerText(event.headers, 'ce_type')).toBe('stream-infer.event.v1');
    expect(headerText(event.headers, 'ce_id')).toBe(open.event.id);
    const alert = encodeAlert(toAlertMessage(open.event, 17, 'here'), 'ce-');
    expect(headerText(alert.headers, 'ce-type')).toBe('stream-infer.alert.v1');
    expect(headerText(alert.headers, 'alert')).toBe('17');
  });
});
