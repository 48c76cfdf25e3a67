import type { ModelFiles } from '../../models/files/model';
import type { ModelShape } from '../../core/model-shape';
import type { Call } from './calls';
import type { Compilation, Tensor } from './compilation';
import { unsupported } from './layer';
import { reshapeNode, sizeOf } from './layout';

export const INPUT = 'pixels';

type Size = Pick<ModelShape, 'height' | 'width' | 'channels'>;

/** The shape of the graph's input for n images: uint8, colours interleaved. */
export function inputShape<N extends number | null>(
  { height, width, channels }: Size,
  n: N,
): [N, number, number, number] {
  return channels === 1 ? [n, 1, height, width] : [n, height, width, channels];
}

/**
 * Adds the nodes from the pixels to the input of the first layer. Its shape may be [height, width, channels], [height, width]
 * or [values]; unknown sizes are the ones of the images.
 */
export function firstTensor(to: Compilation, { shape, preprocessing }: ModelFiles, { layer }: Call): Tensor {
  const { height, width, channels } = shape;
  const own = [height, width, channels];
  const declared = declaredShape(layer.config) ?? own;
  const isImage = declared.length === 3 || (declared.length === 2 && channels === 1);
  const wanted = isImage ? own.slice(0, declared.length) : [sizeOf(own)];
  const fits =
    declared.length === wanted.length && declared.every((one, i) => one === null || one === wanted[i]);
  if (!fits)
    throw unsupported(layer, `takes ${JSON.stringify(declared)} values instead of ${JSON.stringify(own)}`);
  const pixels = to.numbers.pixels(channelsFirst(to, own, preprocessing.order), preprocessing);
  if (wanted.length === 3) return pixels;
  const name = reshapeNode(to, pixels.name, wanted);
  const flattened = wanted.length === 1 && channels > 1 ? pixels.shape : undefined;
  return to.numbers.moved({ ...pixels, name, shape: wanted, flattened }, pixels);
}

function channelsFirst(
  to: Compilation,
  [height = 0, width = 0, channels = 0]: readonly number[],
  order: string,
): Tensor {
  const shape = [channels, height, width];
  if (channels === 1) return { name: INPUT, shape };
  const turned = to.graph.node('Transpose', [INPUT], { perm: [0, 3, 1, 2] });
  if (order !== 'bgr') return { name: turned, shape };
  const data = BigInt64Array.of(2n, 1n, 0n);
  const reversed = to.graph.constant('order', { type: 'int64', shape: [3], data });
  return { name: to.graph.node('Gather', [turned, reversed], { axis: 1 }), shape };
}

/** Without the batch; undefined if there is none. */
function declaredShape(config: Readonly<Record<string, unknown>>): readonly (number | null)[] | undefined {
  const shape = config['batch_input_shape'] ?? config['batch_shape'];
  return Array.isArray(shape) ? (shape.slice(1) as (number | null)[]) : undefined;
}
