import { storePath } from '../../src/setup/results-store';
import { toSettings } from '../../src/setup/settings-view';
import { emptyLayer, setAt } from '../../src/config/layers';
import { loadConfig } from '../../src/config/load';

function load(flags: Record<string, unknown>, env: NodeJS.ProcessEnv = {}) {
  const layer = emptyLayer();
  for (const [path, value] of Object.entries(flags)) setAt(layer, path.split('.'), value, `flag --${path}`);
  return loadConfig({ flags: layer, env });
}

it('shows each setting as text, with where it came from, and no secret', () => {
  const settings = toSettings(
    load(
      { 'http.token': 'very-secret', 'store.retainDays': 7 },
      {
        STREAM_INFER_HTTP_PORT: '9090',
        STREAM_INFER_KAFKA_PROPERTIES: 'sasl.password=hidden-too,client.id=x',
      },
    ),
  );
  const find = (path: string) => settings.find((setting) => setting.path === path);
  expect(find('http.port')).toEqual({
    path: 'http.port',
    value: '9090',
    source: 'environment',
    description: 'Port to listen on; 0 picks a free one.',
  });
  expect(find('store.retainDays')).toMatchObject({ path: 'store.retainDays', value: '7', source: 'flag' });
  expect(find('http.host')).toMatchObject({ path: 'http.host', value: '127.0.0.1', source: 'default' });
  expect(find('dataDir')).toMatchObject({ path: 'dataDir', value: '(not set)', source: 'default' });
  expect(settings.filter(({ description }) => description === undefined)).toEqual([]);
  expect(find('http.token')?.value).toBe('(masked)');
  expect(JSON.stringify(settings)).not.toMatch(/very-secret|hidden-too/);
});

describe('the file of the results store', () => {
  it('is in the data folder for brokers that outlast the process, and nowhere for others', () => {
    expect(storePath(load({ broker: 'kafka' }).config)).toMatch(/stream-infer\/predictions\.db$/);
    expect(storePath(load({ broker: 'memory' }).config)).toBeNull();
    expect(storePath(load({ broker: 'kafka', 'kafka.embedded': true }).config)).toBeNull();
  });

  it('is another one for a model of the user, and the same for all of its versions', () => {
    const pathFor = (model: string) => storePath(load({ broker: 'kafka', 'inference.model': model }).config);
    expect(pathFor('fashion-mnist@2')).toMatch(/\/predictions\.db$/);
    expect(pathFor('./models/birds/1')).toMatch(/\/predictions-birds-[0-9a-f]{8}\.db$/);
    expect(pathFor('./models/birds/2')).toBe(pathFor('./models/birds/1'));
    expect(pathFor('./models/birds')).toBe(pathFor('./models/birds/1'));
    expect(pathFor('/other/birds')).not.toBe(pathFor('./models/birds'));
  });

  it('is the one that was asked for, or none', () => {
    expect(storePath(load({ 'store.path': '/tmp/x.db' }).config)).toBe('/tmp/x.db');
    expect(storePath(load({ broker: 'kafka', 'store.path': 'none' }).config)).toBeNull();
  });
});
