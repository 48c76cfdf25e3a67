import { LayerStack } from './compilation';
import { isLinear } from './options';
import type { Layer } from './topology';

/**
 * Name of the first convolution, if it stays in floats in the 8-bit graph: its one input channel gives onnxruntime's integer
 * kernel too few products to be faster. Only in front of a max pooling, which leaves fewer values to be quantized; without
 * one, quantizing its output costs more than its integers do.
 */
export function convolutionInFloats(layers: readonly Layer[]): string | undefined {
  const stack = new LayerStack(layers);
  skip(stack, 'InputLayer', 'Dropout');
  const convolution = stack.takeIf('Conv2D');
  if (!convolution) return undefined;
  if (isLinear(convolution)) {
    // What the translation makes a part of the convolution.
    stack.takeIf('BatchNormalization');
    stack.takeIf('Activation');
  }
  skip(stack, 'Dropout');
  return stack.takeIf('MaxPooling2D') && convolution.name;
}

function skip(stack: LayerStack, ...classNames: string[]): void {
  while (classNames.some((className) => stack.takeIf(className)));
}
