import { parseConfig } from '../../src/config/load';
import type { ConfigInput } from '../../src/config/schema';
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
