import { DEMO_CONFIG } from '../../src/demo/demo-config';
import { demoTour } from '../../src/cli/demo-tour';
import { parseConfig } from '../../src/config/load';
import type { ConfigInput } from '../../src/config/schema';

const URL = 'http://localhost:8080';

function tour(input: ConfigInput, url: string | null = URL): string {
  return demoTour(parseConfig({ ...DEMO_CONFIG, ...input }).config, url, 'npx stream-infer');
}

it.each<[string, ConfigInput]>([
  ['the memory broker', {}],
  [
    'Kafka',
    {
      broker: 'kafka',
      kafka: { properties: { 'bootstrap.servers': 'kafka-1.example.org:9092' } },
      output: { dlq: 'invalid' },
    },
  ],
  ['Pub/Sub', { broker: 'pubsub', pubsub: { project: 'my-project-of-some-length' } }],
])('of %s fits a terminal of 80 columns', (_broker, input) => {
  const lines = tour(input, 'http://localhost:65535').split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

it('names the pages and the commands for the broker in use', () => {
  const text = tour({ broker: 'kafka', kafka: { properties: { 'bootstrap.servers': 'there:9092' } } });
  expect(text).toContain(`${URL}/#/events `);
  expect(text).toContain('npx stream-infer tail --wrong --broker kafka --bootstrap-servers there:9092\n');
  expect(text).toContain('npx stream-infer clean --broker kafka --bootstrap-servers there:9092\n');
  expect(text).toContain('npx stream-infer alerts list --open\n');
});

it('omits commands for a broker inside the process', () => {
  for (const input of [{}, { broker: 'kafka', kafka: { embedded: true } }] as const) {
    expect(tour(input)).not.toMatch(/tail|clean/);
    expect(tour(input, 'http://localhost:8081')).toContain(
      'alerts list --open --url http://localhost:8081\n',
    );
  }
});

it('omits the pages without HTTP', () => {
  expect(tour({}, null)).not.toMatch(/http|alerts list/);
});
