import { parseConfig } from '../../src/config/load';
import type { ConfigInput } from '../../src/config/schema';
import { postgresUrlProblem } from '../../src/core/postgres-url';
import { withOwnFiles } from '../../src/several-models/own-files';

const kafka = (more: ConfigInput = {}) => parseConfig({ broker: 'kafka', ...more }).config;

it('keeps the files of the first model', () => {
  const config = kafka({ store: { path: 'a.db' } });
  expect(withOwnFiles(config, 'shoes', true)).toBe(config);
});

it('puts the name of the model into configured paths', () => {
  const config = kafka({ store: { path: 'data.d/a.db' }, steering: { auditLog: '/var/log/audit' } });
  const own = withOwnFiles(config, 'shoes', false);
  expect(own.store.path).toBe('data.d/a-shoes.db');
  expect(own.steering.auditLog).toBe('/var/log/audit-shoes');
});

it('has a store of its own by default, and none where there is none', () => {
  expect(withOwnFiles(kafka(), 'shoes', false).store.path).toMatch(/predictions-of-shoes\.db$/);
  expect(withOwnFiles(kafka({ store: { path: 'none' } }), 'shoes', false).store.path).toBe('none');
  expect(withOwnFiles(parseConfig({}).config, 'shoes', false).store.path).toBeUndefined();
});

it('has a schema of its own in a database', () => {
  const own = (path: string, model: string) =>
    withOwnFiles(kafka({ store: { path } }), model, false).store.path;
  const url = 'postgres://app:a%40b@db/results';
  expect(own(url, 'shoes')).toBe(`${url}?schema=stream_infer_shoes`);
  expect(own(`${url}?sslmode=require&schema=pets`, 'shoes')).toBe(`${url}?sslmode=require&schema=pets_shoes`);
  expect(own(url, 'a-b')).toMatch(/schema=stream_infer_a_b_[0-9a-f]{8}$/);
  expect(own(url, 'a-b')).not.toBe(own(url, 'a.b'));
  expect(postgresUrlProblem(own(url, 'x'.repeat(100))!)).toBeUndefined();
});
