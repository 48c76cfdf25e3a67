import { parseConfig } from '../../src/config/load';
import type { ConfigInput } from '../../src/config/schema';
import type { PredictionOutcome } from '../../src/core/prediction';
import { createRoute } from '../../src/routing/create-route';
import { FASHION_MNIST_DESCRIPTION } from '../helpers/model-description';
import { MODEL } from '../helpers/services';

type Output = NonNullable<ConfigInput['output']>;

function routeOf(output: Output, others: ConfigInput = {}, labels?: readonly string[]) {
  const { shape } = FASHION_MNIST_DESCRIPTION;
  return createRoute(parseConfig({ ...others, output }).config, {
    model: MODEL,
    description: FASHION_MNIST_DESCRIPTION,
    shape: labels ? { ...shape, labels } : shape,
  });
}

const predicted = (label: number, confidence: number, truth?: number, model = MODEL) =>
  ({ kind: 'prediction', label, confidence, truth, model }) as PredictionOutcome;

const BAG = 8;

describe('the routes of predictions', () => {
  it('are absent without routes and with match: none', () => {
    expect(routeOf({})).toBeUndefined();
    expect(routeOf({ match: 'none', routes: [{ topic: 'bags' }] })).toBeUndefined();
  });

  const routes: Output['routes'] = [
    { topic: 'sure-bags', classes: ['Bag'], minConfidence: 0.9 },
    { topic: 'wrong', correct: false },
    { topic: 'right', correct: true },
    { topic: 'unsure', maxConfidence: 0.5 },
    { topic: 'sure-bags', rule: 'sneakers' },
  ];
  const alerts: ConfigInput['alerts'] = [
    { name: 'sneakers', kind: 'label', labels: ['Sneaker'], minConfidence: 0.8 },
  ];

  it.each([
    [predicted(BAG, 0.9), ['sure-bags'], ['sure-bags']],
    [predicted(BAG, 0.89), ['predictions'], ['predictions']],
    [predicted(BAG, 0.9, 1), ['sure-bags'], ['sure-bags', 'wrong']],
    [predicted(1, 0.5, 1), ['right'], ['right', 'unsure']],
    [predicted(7, 0.8), ['sure-bags'], ['sure-bags']],
    [predicted(7, 0.2), ['unsure'], ['unsure']],
  ])('lead %# to the first, or to all that match', (prediction, first, all) => {
    expect(routeOf({ routes }, { alerts })?.(prediction)).toEqual(first);
    const route = routeOf({ routes, match: 'all' }, { alerts });
    expect(route?.(prediction)).toEqual(all);
    // Remembered, not made again.
    expect(route?.(prediction)).toBe(route?.(prediction));
  });

  it('lead to one topic once, and can include the predictions topic', () => {
    const both: Output = { match: 'all', routes: [{ topic: 'a' }, { topic: 'a' }, { topic: 'predictions' }] };
    expect(routeOf(both)?.(predicted(1, 1))).toEqual(['a', 'predictions']);
  });

  it('leave a prediction without a match unpublished if unmatched is none', () => {
    const route = routeOf({ unmatched: 'none', routes: [{ topic: 'bags', classes: ['Bag'] }] });
    expect(route?.(predicted(1, 1))).toEqual([]);
    expect(route?.(predicted(BAG, 1))).toEqual(['bags']);
  });

  it('distinguish versions of the model', () => {
    const output: Output = { routes: [{ topic: 'next', model: `${MODEL.name}@${MODEL.version + 1}` }] };
    const route = routeOf(output, { models: { control: 'poll' } });
    expect(route?.(predicted(1, 1))).toEqual(['predictions']);
    expect(route?.(predicted(1, 1, undefined, { ...MODEL, version: MODEL.version + 1 }))).toEqual(['next']);
  });

  it.each<[string, Output, string]>([
    [
      'a class of another model',
      { routes: [{ topic: 'a', classes: ['cat'] }] },
      'output.routes.0.classes.0: there is',
    ],
    ['another model', { routes: [{ topic: 'a', model: 'other' }] }, 'output.routes.0.model: can never match'],
    [
      'a version that is not loaded',
      { routes: [{ topic: 'a', model: `${MODEL.name}@99` }] },
      `the model is ${MODEL.name}@${MODEL.version}`,
    ],
  ])('are refused for %s', (_, output, message) => {
    const own = { inference: { model: './own' } };
    expect(() => routeOf(output, own, ['dog', 'bird'])).toThrow(message);
  });
});
