import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { encodeRecord } from '../../src/core/record-log/record';
import { SkippedRecords } from '../../src/core/skipped-records';
import type { Outcome } from '../../src/core/prediction';
import type { Rule } from '../../src/core/rule';
import type { UnfinishedEvent } from '../../src/alerting/event-journal';
import { RuleWatch } from '../../src/alerting/rule-watch';
import { createOutcome, SILENT_LOG } from '../helpers/services';

const RULE: Rule = {
  name: 'bags',
  kind: 'label',
  labels: [8],
  minConfidence: 0.9,
  severity: 'warning',
  cooldown: 0,
  remind: 3_600_000,
  alert: true,
};

const newPath = () => join(mkdtempSync(join(tmpdir(), 'stream-infer-journal-')), 'a.log');
/** The same message in each call. */
function bag(index: number): Outcome {
  const outcome = createOutcome({ index, label: 8, confidence: 0.95 });
  return { ...outcome, delivery: { ...outcome.delivery, timestamp: 1_700_000_000_000 } };
}

const asideOf = (path: string) =>
  readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.corrupt-`));

/** A process with this journal; not closing it simulates a kill. */
function start(path: string) {
  const events: UnfinishedEvent[] = [];
  const warnings: object[] = [];
  const skipped = new SkippedRecords();
  const watch = new RuleWatch({
    rules: [RULE],
    journal: path,
    posts: false,
    skipped,
    log: { ...SILENT_LOG, warn: (fields) => void warnings.push(fields) },
    onEvents: (more) => void events.push(...more),
    onFurtherMatches: () => undefined,
  });
  watch.start(0);
  return { watch, events, warnings, skipped: () => skipped.counts.get('event-journal') };
}

const window = { seen: [], pending: [], firedAt: null, lastAt: null };
const snapshot = (fields: object) => ({ snapshot: { state: {}, lastAlert: 0, open: [], ...fields } });

it.each([
  ['a state of nothing', snapshot({ state: null })],
  ['a state of numbers', snapshot({ state: { bags: 5 } })],
  ['a number of what was seen', snapshot({ state: { bags: { ...window, seen: 5 } } })],
  ['nothing that is pending', snapshot({ state: { bags: { ...window, pending: null } } })],
  ['a time of text', snapshot({ state: { bags: { ...window, firedAt: 'now' } } })],
  ['an alert of text', snapshot({ lastAlert: 'one' })],
  ['open events that are none', snapshot({ open: 5 })],
  ['an open event of nothing', snapshot({ open: [null] })],
  ['an open event without its event', snapshot({ open: [{ tasks: ['store'], pixels: null }] })],
  ['matches of nothing', { at: 1, matches: null, events: [] }],
  ['matches of numbers', { at: 1, matches: { bags: 7 }, events: [] }],
  ['an unknown task', { done: 'constructor', id: 'a' }],
  ['a list', []],
  ['nothing', null],
])('a line with %s is counted and kept aside, and the others are taken', (_what, line) => {
  const path = newPath();
  start(path).watch.evaluate([bag(1)]);
  appendFileSync(path, `${JSON.stringify(line)}\n`);
  const damaged = readFileSync(path, 'utf8');

  const next = start(path);
  expect(next.events.map(({ event }) => event.alert)).toEqual([1]);
  next.watch.evaluate([bag(1), bag(2)]);
  expect(next.events.map(({ event }) => event.alert)).toEqual([1, 2]);
  expect([next.skipped(), next.warnings.length]).toEqual([1, 1]);
  const [aside = '', ...more] = asideOf(path);
  expect(more).toEqual([]);
  expect(readFileSync(join(dirname(path), aside), 'utf8')).toBe(damaged);

  const last = start(path);
  expect([last.skipped(), asideOf(path).length]).toEqual([0, 1]);
});

it.each([
  ['pixels of another size', { pixels: Buffer.alloc(783).toString('base64') }],
  ['pixels of text', { pixels: '!' }],
  ['an unknown task', { tasks: ['explode'] }],
])('an open event with %s is skipped, and the other open events stay', (_what, fields) => {
  const path = newPath();
  start(path).watch.evaluate([bag(1), bag(2)]);
  const [first, second] = readFileSync(path, 'utf8').trim().split('\n') as [string, string];
  const line = JSON.parse(second.slice(9)) as { events: object[] };
  line.events[0] = { ...line.events[0], ...fields };
  writeFileSync(path, `${first}\n${encodeRecord(line)}`);
  const next = start(path);
  expect(next.events.map(({ event }) => event.alert)).toEqual([2]);
  expect(next.skipped()).toBe(1);
});

it('an incomplete last line is dropped without keeping a copy of the file', () => {
  const path = newPath();
  start(path).watch.evaluate([bag(1)]);
  appendFileSync(path, '{"at": 1, "match');
  const next = start(path);
  expect([next.events.length, next.skipped(), asideOf(path)]).toEqual([1, 0, []]);
});

it('a folder in its place is reported, and the process continues', () => {
  const path = newPath();
  mkdirSync(path);
  expect(start(path).watch.alarm).toMatch(/EISDIR|EEXIST|ENOTEMPTY|directory/);
});

it('a journal of an earlier version, which has no checksums, is restored and rewritten', () => {
  const path = newPath();
  start(path).watch.evaluate([bag(1), bag(2)]);
  const plain = readFileSync(path, 'utf8').replaceAll(/^[0-9a-f]{8} /gm, '');
  writeFileSync(path, plain);
  const next = start(path);
  expect(next.events.map(({ event }) => event.alert)).toEqual([1, 2]);
  expect([next.skipped(), asideOf(path)]).toEqual([0, []]);
  expect(readFileSync(path, 'utf8')).toMatch(/^[0-9a-f]{8} \{"snapshot":/);
  next.watch.evaluate([bag(1)]);
  expect(next.events).toHaveLength(2);
});
