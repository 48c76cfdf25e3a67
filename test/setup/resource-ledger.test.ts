import { appendFileSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicsOf } from '../../src/setup/topics';
import { createdAt, recordDeleted, recordCreated, toResources } from '../../src/setup/resource-ledger';
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

it('lists created resources by broker', () => {
  recordCreated(kafka(), topicsOf(kafka()), ['images', 'predictions']);
  expect(createdAt(kafka())).toEqual([{ topic: 'images' }, { topic: 'predictions' }]);
  expect(createdAt(kafka('b:9092,a:9092'))).toHaveLength(2);
  expect(createdAt(kafka('c:9092'))).toEqual([]);
  expect(createdAt(pubsub('one'))).toEqual([]);
});

it('distinguishes a topic from its subscription', () => {
  recordCreated(pubsub('one'), topicsOf(pubsub('one')), ['images-sub', 'images.dlq']);
  expect(createdAt(pubsub('one'))).toEqual([
    { topic: 'images', subscription: 'images-sub', subscriptionOnly: true },
    { topic: 'images.dlq' },
  ]);
});

it('removes deleted resources, and the file after the last one', () => {
  const topics = topicsOf(kafka());
  recordCreated(kafka(), topics, ['images', 'predictions']);
  recordDeleted(kafka(), [{ topic: 'images' }]);
  expect(createdAt(kafka())).toEqual([{ topic: 'predictions' }]);
  recordCreated(kafka(), topics, ['images']);
  expect(createdAt(kafka())).toHaveLength(2);
  recordDeleted(kafka(), toResources(topics));
  expect(createdAt(kafka())).toEqual([]);
  expect(existsSync(list)).toBe(false);
});

it('records nothing for a broker that ends with the process', () => {
  recordCreated(parseConfig({}).config, topicsOf(kafka()), ['images']);
  expect(existsSync(list)).toBe(false);
});

it('reads a list with an incomplete last line', () => {
  recordCreated(kafka(), topicsOf(kafka()), ['images']);
  appendFileSync(list, '{"where": "kaf');
  expect(createdAt(kafka())).toEqual([{ topic: 'images' }]);
});

it('reads the records of earlier versions, which have no checksums', () => {
  recordCreated(kafka(), topicsOf(kafka()), ['images']);
  appendFileSync(list, '{"where":"kafka a:9092,b:9092","made":{"topic":"predictions"}}\n');
  expect(createdAt(kafka())).toEqual([{ topic: 'images' }, { topic: 'predictions' }]);
});
