import { parseConfig } from '../../src/config/load';
import type { ConfigInput } from '../../src/config/schema';
import { topicsOf } from '../../src/setup/topics';

type Output = NonNullable<ConfigInput['output']>;

function refusal(output: unknown, others: object = {}): string {
  try {
    parseConfig({ ...others, output } as ConfigInput);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return (error as Error).message;
  }
  throw new Error('a mistake was expected');
}

const unsure = { name: 'unsure', kind: 'low-confidence', maxConfidence: 0.5 } as const;

describe('routes in the configuration', () => {
  it('are off by default', () => {
    const { output } = parseConfig({}).config;
    expect(output).toMatchObject({ routes: [], match: 'first', unmatched: 'topic' });
  });

  it('have topics that are created, except for the predictions topic and with match: none', () => {
    const output: Output = {
      routes: [
        { topic: 'bags', classes: ['Bag'] },
        { topic: 'bags', correct: false },
        { topic: 'predictions' },
      ],
    };
    const names = (match: 'all' | 'none') =>
      topicsOf(parseConfig({ output: { ...output, match } }).config).map(({ topic }) => topic);
    expect(names('all')).toEqual(['images', 'predictions', 'bags', 'images.dlq', 'labels']);
    expect(names('none')).toEqual(['images', 'predictions', 'images.dlq', 'labels']);
  });

  it.each<[string, unknown, object, string]>([
    ['an unknown class', { routes: [{ topic: 'a', classes: ['Bags'] }] }, {}, 'did you mean Bag?'],
    ['a missing topic', { routes: [{ classes: [1] }] }, {}, 'output.routes.0.topic: a route needs the topic'],
    ['no class', { routes: [{ topic: 'a', classes: [] }] }, {}, 'name at least one class'],
    [
      'a mistyped key',
      { routes: [{ topic: 'a', clases: [1] }] },
      {},
      'did you mean output.routes.0.classes?',
    ],
    [
      'an impossible range',
      { routes: [{ topic: 'a', minConfidence: 0.9, maxConfidence: 0.1 }] },
      {},
      'output.routes.0.minConfidence: can never match: it is above maxConfidence, 0.1',
    ],
    [
      'a route behind one that takes everything',
      { routes: [{ topic: 'a' }, { topic: 'b', correct: true }] },
      {},
      'output.routes.1.topic: can never match: route 1 has no conditions',
    ],
    [
      'the input as target',
      { routes: [{ topic: 'images' }] },
      {},
      'images is input.topic; use another topic',
    ],
    ['the dead letters as target', { routes: [{ topic: 'images.dlq' }] }, {}, 'images.dlq is output.dlq'],
    [
      'an unknown rule',
      { routes: [{ topic: 'a', rule: 'unsre' }] },
      { alerts: [unsure] },
      'did you mean unsure?',
    ],
    [
      'a rule without rules',
      { routes: [{ topic: 'a', rule: 'unsure' }] },
      {},
      'no such rule in alerts; add it',
    ],
    [
      'a rule that counts',
      { routes: [{ topic: 'a', rule: 'flood' }] },
      { alerts: [{ name: 'flood', kind: 'rate', label: 'Bag', moreThan: 5 }] },
      'a rule of the kind rate is not about single predictions; use one of label, low-confidence, wrong, objects',
    ],
    ['a bad model', { routes: [{ topic: 'a', model: 'm@x' }] }, {}, 'a model is its name, or name@version'],
    ['nothing published', { unmatched: 'none' }, {}, 'output.unmatched: without routes no prediction'],
    [
      'a name that Kafka does not take',
      { routes: [{ topic: 'a~b' }] },
      { broker: 'kafka' },
      'output.routes.0.topic: a topic name has 1 to 249',
    ],
    ['too many', { routes: Array.from({ length: 31 }, () => ({ topic: 'a' })) }, {}, 'at most 30 routes'],
  ])('refuses %s', (_, output, others, message) => {
    expect(refusal(output, others)).toContain(message);
  });
});
