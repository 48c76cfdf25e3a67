import type { Compilation, Tensor } from './compilation';
import type { Layer } from './layer';
import { requireImage } from './layout';
import { hasSamePadding, paddingOf, pairOf, requireOption, slide } from './options';

export function pooling(to: Compilation, input: Tensor, layer: Layer, operator: string): Tensor {
  const [channels, height, width] = requireImage(layer, input);
  const window = pairOf(layer, 'pool_size', [2, 2]);
  const strides = pairOf(layer, 'strides', window);
  const same = hasSamePadding(layer);
  const padding = paddingOf([height, width], window, strides, same);
  const name = to.graph.node(operator, [input.name], { ...padding, strides, kernel_shape: window });
  const shape = [channels, ...slide([height, width], window, strides, same)];
  return to.numbers.moved({ name, shape }, input);
}

export function globalPooling(to: Compilation, input: Tensor, layer: Layer, operator: string): Tensor {
  const [channels] = requireImage(layer, input);
  const pooled = to.graph.node(operator, [input.name]);
  requireOption(layer, 'keepdims', [true, false]);
  if (layer.config['keepdims'] === true) return { name: pooled, shape: [channels, 1, 1] };
  return { name: to.graph.node('Flatten', [pooled]), shape: [channels] };
}
