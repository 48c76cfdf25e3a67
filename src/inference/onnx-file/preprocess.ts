import { StreamInferError } from '../../core/errors';
import type { ModelShape } from '../../core/model-shape';
import type { NetworkInput, Preprocessing } from '../../models/files/model';
import { Chain } from './chain';

const MOST_PIXEL = 255;

const RANGES = {
  uint8: [0, 255],
  int8: [-128, 127],
  int32: [-(2 ** 31), 2 ** 31 - 1],
} as const;

/** Sizes of one image as the session takes it: interleaved pixels. Grey ones may be called a plane. */
export function pixelSizes(
  { height, width, channels }: ModelShape,
  layout: NetworkInput['layout'],
): number[] {
  return layout === 'nchw' && channels === 1 ? [1, height, width] : [height, width, channels];
}

/** The operators from uint8 pixels (see `pixelSizes`) to the input of the network. Throws MODEL_UNSUPPORTED. */
export function preprocess(input: NetworkInput, shape: ModelShape, preprocessing: Preprocessing): Chain {
  const chain = new Chain('stream-infer/input/');
  const isMoved = input.layout === 'nchw' && shape.channels > 1;
  if (isMoved) chain.transpose([0, 3, 1, 2]);
  if (preprocessing.order === 'bgr') chain.gather(isMoved ? 1 : 3, [2, 1, 0]);
  toValues(chain, input, shape, preprocessing);
  const sizes = isMoved ? [shape.channels, shape.height, shape.width] : pixelSizes(shape, input.layout);
  const isSame = input.shape.length === sizes.length && input.shape.every((size, i) => size === sizes[i]);
  return isSame ? chain : chain.reshape([input.batch ?? -1, ...input.shape]);
}

function toValues(
  chain: Chain,
  { type, layout }: NetworkInput,
  shape: ModelShape,
  preprocessing: Preprocessing,
): void {
  const { scale, offset } = affineOf(preprocessing, shape.channels);
  const isUnscaled = scale.every((one) => one === 1) && offset.every((one) => one === 0);
  const isFloat = type === 'float32' || type === 'float16';
  if (!isFloat) assertInRange(type, scale, offset);
  if (isUnscaled) {
    if (type !== 'uint8') chain.cast(type);
    return;
  }
  chain.cast('float32');
  const sizes = layout === 'nchw' ? [shape.channels, 1, 1] : [shape.channels];
  calculate(chain, 'Mul', scale, sizes);
  // Rounds in every version of the operators.
  calculate(chain, 'Add', isFloat ? offset : offset.map((one) => one + 0.5), sizes);
  if (!isFloat) chain.floor();
  if (type !== 'float32') chain.cast(type);
}

/** Without the neutral numbers; one number if all are equal. */
function calculate(
  chain: Chain,
  operator: 'Mul' | 'Add',
  values: readonly number[],
  sizes: readonly number[],
): void {
  const [first = 0] = values;
  if (!values.every((one) => one === first)) chain.calculate(operator, values, sizes);
  else if (first !== (operator === 'Mul' ? 1 : 0)) chain.calculate(operator, [first], []);
}

/** value = pixel × scale + offset, for each channel. */
function affineOf(
  { scale, offset, mean, std }: Preprocessing,
  channels: number,
): Record<'scale' | 'offset', number[]> {
  const divisors = Array.from({ length: channels }, (_, i) => std[i] ?? 1);
  return {
    scale: divisors.map((divisor) => scale / divisor),
    offset: divisors.map((divisor, i) => (offset - (mean[i] ?? 0)) / divisor),
  };
}

function assertInRange(type: keyof typeof RANGES, scale: readonly number[], offset: readonly number[]): void {
  const ends = scale.flatMap((one, i) => [offset[i]!, MOST_PIXEL * one + offset[i]!]).map(Math.round);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const [from, to] = RANGES[type];
  if (least >= from && most <= to) return;
  throw new StreamInferError(
    'MODEL_UNSUPPORTED',
    `the model takes ${type}, but pixels become ${least} to ${most}; ` +
      `set "input": {"scale": …, "offset": …} in classifier.json so that they are within ${from} to ${to}`,
  );
}
