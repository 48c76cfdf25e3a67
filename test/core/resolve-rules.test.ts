import { resolveRules } from '../../src/core/resolve-rules';
import type { ConfiguredRule } from '../../src/core/rule';
import { YOLO } from '../helpers/objects-output';

const common = { severity: 'info', alert: false, cooldown: 1, remind: 1 } as const;
const LABELS = ['cat', 'dog', 'Sneaker'];

it('finds classes by name and by number among the labels of the model', () => {
  const rules: ConfiguredRule[] = [
    { ...common, name: 'a', kind: 'label', labels: ['Dog', 0, 'sneaker'], minConfidence: 0 },
    { ...common, name: 'b', kind: 'rate', label: 'cat', moreThan: 1, window: 1 },
    { ...common, name: 'c', kind: 'wrong', count: 1, window: 1 },
  ];
  expect(resolveRules(rules, LABELS)).toMatchObject([{ labels: [1, 0, 2] }, { label: 0 }, { kind: 'wrong' }]);
});

it('lists every mistake with its rule, and what was meant', () => {
  const rules: ConfiguredRule[] = [
    { ...common, name: 'a', kind: 'label', labels: ['Sneakr', 3], minConfidence: 0 },
    { ...common, name: 'b', kind: 'drift', above: 1, samples: 100, baseline: [0.5, 0.5] },
  ];
  expect(() => resolveRules(rules, LABELS)).toThrow(
    'the rule a: labels: there is no such class; did you mean Sneaker?; got "Sneakr"\n' +
      'the rule a: labels: there is no such class; the classes are cat, dog, Sneaker; got 3\n' +
      'the rule b: baseline: the model has 3 classes; got 2 shares',
  );
});

it('resolves the class of objects that are counted, for a model that finds objects only', () => {
  const rules: ConfiguredRule[] = [
    { ...common, name: 'a', kind: 'objects', label: 'dog', minConfidence: 0, moreThan: 5 },
    { ...common, name: 'b', kind: 'objects', minConfidence: 0, moreThan: 5 },
  ];
  const resolved = resolveRules(rules, ['cat', 'dog', 'nothing'], YOLO);
  expect(resolved).toMatchObject([{ label: 1 }, { moreThan: 5 }]);
  expect(() => resolveRules(rules, LABELS)).toThrow('the rule b: the model classifies whole images');
  expect(() => resolveRules(rules, ['cat', 'dog', 'nothing'])).toThrow('classifies whole images');
});

it('refuses rules that can never fire for a model that finds objects', () => {
  const labels = ['cat', 'dog', 'nothing'];
  const low = { ...common, kind: 'low-confidence', count: 1, window: 1 } as const;
  const objects = { ...common, kind: 'objects', minConfidence: 0 } as const;
  const possible: ConfiguredRule[] = [
    { ...low, name: 'a', maxConfidence: 0.25 },
    { ...objects, name: 'b', moreThan: 9 },
    { ...common, name: 'c', kind: 'label', labels: ['nothing'], minConfidence: 0 },
  ];
  expect(resolveRules(possible, labels, YOLO)).toHaveLength(3);
  const never: ConfiguredRule[] = [
    { ...low, name: 'a', maxConfidence: 0.2 },
    { ...objects, name: 'b', moreThan: 10 },
    { ...objects, name: 'c', label: 'nothing', moreThan: 0 },
  ];
  expect(() => resolveRules(never, labels, YOLO)).toThrow(
    'the rule a: maxConfidence: can never fire: the lowest confidence of an object is 0.25 (output.threshold); got 0.2\n' +
      'the rule b: moreThan: can never fire: the model finds at most 10 objects in an image (output.max); got 10\n' +
      'the rule c: label: can never fire: nothing is the class of images without objects; use a rule of the kind label',
  );
  expect(resolveRules(never.slice(0, 1), labels)).toHaveLength(1);
});

it('names a few classes of a model with many', () => {
  const labels = Array.from({ length: 1_000 }, (_, at) => `kind of thing ${at}`);
  const rule: ConfiguredRule = { ...common, name: 'a', kind: 'rate', label: 1_000, moreThan: 1, window: 1 };
  expect(() => resolveRules([rule], labels)).toThrow(/kind of thing 19 and 980 more; got 1000$/);
});
