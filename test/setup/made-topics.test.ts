import { appendFileSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicsOf } from '../../src/setup/connect';
import { madeAt, noteGone, noteMade, toMade } from '../../src/setup/made-topics';
import { parseConfig } from '../../src/config/load';

const before = process.env['XDG_DATA_HOME'];
let list: string;

beforeEach(() => {
  const home = mkdtempSync(join(tmpdir(), 'stream-infer-home-'));
  process.env['XDG_DATA_HOME'] = home;
  list = join(home, 'stream-infer', 'made.ndjson');
});

afterAll(() => {
  if (before === undefined) delete process.env['XDG_DATA_HOME'];
  else process.env['XDG_DATA_HOME'] = before;
});

const kafka = (servers = 'a:9092,b:9092') =>
  parseConfig({ broker: 'kafka', kafka: { properties: { 'bootstrap.servers': servers } } }).config;
const pubsub = (project: string) => parseConfig({ broker: 'pubsub', pubsub: { project } }).config;

it('knows what was made, by broker', () => {
  noteMade(kafka(), topicsOf(kafka()), ['images', 'predictions']);
  expect(madeAt(kafka())).toEqual([{ topic: 'images' }, { topic: 'predictions' }]);
  expect(madeAt(kafka('b:9092,a:9092'))).toHaveLength(2);
  expect(madeAt(kafka('c:9092'))).toEqual([]);
  expect(madeAt(pubsub('one'))).toEqual([]);
});

it('tells a topic from its subscription', () => {
  noteMade(pubsub('one'), topicsOf(pubsub('one')), ['images-sub', 'images.dlq']);
  expect(madeAt(pubsub('one'))).toEqual([
    { topic: 'images', subscription: 'images-sub', subscriptionOnly: true },
    { topic: 'images.dlq' },
  ]);
});

it('forgets what is gone, and the file when nothing is left', () => {
  const topics = topicsOf(kafka());
  noteMade(kafka(), topics, ['images', 'predictions']);
  noteGone(kafka(), [{ topic: 'images' }]);
  expect(madeAt(kafka())).toEqual([{ topic: 'predictions' }]);
  noteMade(kafka(), topics, ['images']);
  expect(madeAt(kafka())).toHaveLength(2);
  noteGone(kafka(), toMade(topics));
  expect(madeAt(kafka())).toEqual([]);
  expect(existsSync(list)).toBe(false);
});

it('notes nothing of a broker that ends with the process', () => {
  noteMade(parseConfig({}).config, topicsOf(kafka()), ['images']);
  expect(existsSync(list)).toBe(false);
});

it('reads a list whose last line was cut off', () => {
  noteMade(kafka(), topicsOf(kafka()), ['images']);
  appendFileSync(list, '{"where": "kaf');
  expect(madeAt(kafka())).toEqual([{ topic: 'images' }]);
});
