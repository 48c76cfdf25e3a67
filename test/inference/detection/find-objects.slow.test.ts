import { findObjects } from '../../../src/inference/detection/find-objects';
import { YOLO } from '../../helpers/objects-output';

const SHAPE = {
  width: 100,
  height: 50,
  channels: 3,
  resize: 'stretch',
  invert: 'never',
  labels: ['cat', 'dog', 'nothing'],
} as const;

it('a million sure candidates take bounded time, and at most `max` objects', () => {
  const count = 1_000_000;
  const values = new Float32Array(6 * count);
  for (let i = 0; i < count; i++) {
    values.set([i % 100, (i >> 7) % 50, 1, 1, 0.9 + (i % 1000) * 1e-5, 0], 6 * i);
  }
  const started = performance.now();
  const objects = { ...YOLO, max: 300 };
  const found = findObjects([{ data: values, dims: [1, count, 6] }], { activation: 'none', objects }, SHAPE);
  expect(found.length).toBeLessThanOrEqual(300);
  expect(found[0]!.confidence).toBeCloseTo(0.90999, 4);
  expect(performance.now() - started).toBeLessThan(5_000);
});
