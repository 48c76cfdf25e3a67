import { DEMO_CONFIG } from '../../src/demo/demo-config';
import { emptyLayer, setAt } from '../../src/config/layers';
import { loadConfig } from '../../src/config/load';

it('the defaults of a command are there', () => {
  const { config, sources } = loadConfig({ defaults: DEMO_CONFIG, env: {} });
  expect(config.demo).toEqual({ enabled: true, rate: 40, badShare: 0.02 });
  expect(config.alerts.map(({ name }) => name)).toEqual([
    'low confidence',
    'wrong predictions',
    'many bags',
    'dead letters',
  ]);
  expect([...sources]).toEqual([]);
});

it('everybody else wins over them', () => {
  const flags = emptyLayer();
  setAt(flags, ['demo', 'badShare'], 0.5, 'flag --x');
  const env = { STREAM_INFER_ALERTS: '[]', STREAM_INFER_CREATE_TOPICS: 'false' };
  const { config } = loadConfig({ defaults: DEMO_CONFIG, flags, env });
  expect(config.demo).toEqual({ enabled: true, rate: 40, badShare: 0.5 });
  expect([config.alerts, config.createTopics]).toEqual([[], false]);
});
