import type { ModelDescription } from '../../src/core/model-description';
import { FASHION_MNIST } from '../../src/core/model-shape';

export const FASHION_MNIST_DESCRIPTION: ModelDescription = {
  kind: 'layers',
  shape: FASHION_MNIST,
  preprocessing: { scale: 1 / 255, offset: 0, mean: [0], std: [1], order: 'grey' },
  layout: 'nhwc',
  output: { activation: 'none', independent: false },
};

/** A model with these classes, and otherwise like Fashion-MNIST's. */
export function describeClasses(
  labels: readonly string[],
  output: Partial<ModelDescription['output']> = {},
): ModelDescription {
  return {
    ...FASHION_MNIST_DESCRIPTION,
    shape: { ...FASHION_MNIST, labels },
    output: { ...FASHION_MNIST_DESCRIPTION.output, ...output },
  };
}
