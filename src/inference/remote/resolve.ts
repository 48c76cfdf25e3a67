import { own } from '../../core/own';
import { StreamInferError } from '../../core/errors';
import type { ModelDescription, Preprocessing } from '../../core/model-description';
import {
  FASHION_MNIST,
  isFashionMnist,
  bytesPerImage,
  type ModelShape,
  type Resize,
} from '../../core/model-shape';
import type { Tensor } from '../../core/remote-model';
import type { RemoteModel, ServerMetadata, TensorMetadata } from './server-model';
import type { RemoteSettings } from './settings';

/** Size of the pictures that are shown where the server takes files of any size. */
const SHOWN_SIDE = 224;
const TENSOR_OF: Readonly<Record<string, Tensor>> = { UINT8: 'uint8', FP32: 'fp32', BYTES: 'bytes' };
/** Bounds what a server may claim. */
const MOST_SIDE = 8192;
const MOST_CLASSES = 100_000;

type Frame = Pick<ModelShape, 'height' | 'width' | 'channels'> & { readonly layout: 'nhwc' | 'nchw' };

/**
 * The model from the configuration and the server's metadata, null without. Throws CONFIG_INVALID with the setting where
 * both together say too little, or contradict each other.
 */
export function resolveModel(
  settings: RemoteSettings,
  metadata: ServerMetadata | null,
  resize?: Resize,
): RemoteModel {
  const input = chooseTensor(metadata?.inputs, settings.input.name, 'input');
  const [images = -1] = input?.shape ?? [];
  if (images !== -1 && images !== 1)
    throw wrong(
      'input',
      `the first size of the input ${input?.name} is ${images}; it must be any number of images`,
    );
  const output = chooseOutput(settings, metadata);
  const tensor = tensorOf(settings, input);
  const frame = frameOf(settings, input, tensor);
  const { layout, ...size } = frame;
  const labels = labelsOf(settings, output);
  const shape = withDefaults({ ...size, labels }, tensor, resize);
  return {
    shape,
    description: descriptionOf(settings, shape, tensor, layout),
    version: settings.version ?? metadata?.version,
    input: {
      name: input?.name ?? settings.input.name ?? 'image',
      tensor,
      shape: tensor === 'bytes' ? bytesShape(input) : (fixedShape(input, shape) ?? spelled(frame)),
    },
    output: output?.name ?? settings.output.name,
    mostImages: settings.protocol === 'custom' || images === 1 ? 1 : settings.maxBatch,
    takesBinary: metadata?.takesBinary ?? false,
  };
}

function wrong(setting: string, message: string): StreamInferError {
  return new StreamInferError('CONFIG_INVALID', `model.${setting}: ${message}`);
}

function chooseTensor(
  tensors: readonly TensorMetadata[] | undefined,
  name: string | undefined,
  kind: 'input' | 'output',
): TensorMetadata | undefined {
  if (tensors === undefined) return undefined;
  const names = tensors.map((tensor) => tensor.name).join(', ');
  const found = name === undefined ? tensors[0] : tensors.find((tensor) => tensor.name === name);
  if (tensors.length === 0)
    throw wrong(kind, `the server's metadata lists no ${kind}; check model.name and model.protocol`);
  if (found === undefined) throw wrong(`${kind}.name`, `the model has no ${kind} ${name}; it has ${names}`);
  if (kind === 'input' && name === undefined && tensors.length > 1)
    throw wrong('input.name', `the model has several inputs (${names}); only models with one are supported`);
  return found;
}

/** The configured output; else the one of the right number of classes, or the first of floats. */
function chooseOutput({ output, labels }: RemoteSettings, metadata: ServerMetadata | null) {
  if (output.name !== undefined || metadata === null)
    return chooseTensor(metadata?.outputs, output.name, 'output');
  const floats = metadata.outputs.filter(({ datatype }) => /^FP(16|32|64)$/.test(datatype));
  return floats.find(({ shape }) => shape.at(-1) === labels?.length) ?? floats[0] ?? metadata.outputs[0];
}

function tensorOf({ input, protocol }: RemoteSettings, found: TensorMetadata | undefined): Tensor {
  if (protocol === 'custom') return 'bytes';
  if (input.tensor !== undefined) return input.tensor;
  if (found === undefined) return 'fp32';
  const tensor = own(TENSOR_OF, found.datatype);
  if (tensor !== undefined) return tensor;
  throw wrong(
    'input.tensor',
    `the input ${found.name} is ${found.datatype}; UINT8, FP32 and BYTES can be sent`,
  );
}

/** Size, channels and layout of the images. */
function frameOf(settings: RemoteSettings, found: TensorMetadata | undefined, tensor: Tensor): Frame {
  const { width, height, color, layout } = settings.input;
  const known = found === undefined || tensor === 'bytes' ? {} : readShape(found.shape.slice(1));
  const side = tensor === 'bytes' ? SHOWN_SIDE : undefined;
  const frame = {
    width: agreed('input.width', width, known.width) ?? side,
    height: agreed('input.height', height, known.height) ?? side,
    channels: agreed('input.color', channelsOf(color), known.channels) ?? 3,
    layout: layout ?? known.layout ?? 'nhwc',
  };
  const { width: w, height: h } = frame;
  if (w === undefined || h === undefined)
    throw wrong('input', 'the server does not say the size of the images; set model.input.width and height');
  return { ...frame, width: w, height: h };
}

function channelsOf(color: RemoteSettings['input']['color']): 1 | 3 | undefined {
  return color === undefined ? undefined : color === 'grey' ? 1 : 3;
}

function agreed<T extends number>(
  setting: string,
  own: T | undefined,
  servers: T | undefined,
): T | undefined {
  if (own !== undefined && servers !== undefined && own !== servers)
    throw wrong(setting, `it means ${own}, but the server says ${servers}; remove the setting or fix it`);
  return own ?? servers;
}

/** The sizes after the number of images. */
function readShape(sizes: readonly number[]): Partial<Frame> {
  const side = (size: number | undefined) =>
    size !== undefined && size > 0 && size <= MOST_SIDE ? size : undefined;
  const [a, b, c] = sizes;
  if (sizes.length === 3) {
    if (isChannels(c)) return defined({ height: side(a), width: side(b), channels: c, layout: 'nhwc' });
    if (isChannels(a)) return defined({ height: side(b), width: side(c), channels: a, layout: 'nchw' });
    return {};
  }
  if (sizes.length === 2) return defined({ height: side(a), width: side(b), channels: 1, layout: 'nhwc' });
  const root = Math.sqrt(a ?? 0);
  const isSquare = sizes.length === 1 && Number.isInteger(root) && root > 0 && root <= MOST_SIDE;
  return isSquare ? { height: root, width: root, channels: 1, layout: 'nhwc' } : {};
}

function isChannels(size: number | undefined): size is 1 | 3 {
  return size === 1 || size === 3;
}

function defined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** The shape of one image as the server spells it, such as flat; undefined where that is not known. */
function fixedShape(found: TensorMetadata | undefined, shape: ModelShape): readonly number[] | undefined {
  const sizes = found?.shape.slice(1) ?? [];
  const isWhole = sizes.length > 0 && sizes.every((size) => size > 0);
  if (!isWhole) return undefined;
  const numbers = sizes.reduce((product, size) => product * size, 1);
  if (numbers === bytesPerImage(shape)) return sizes;
  throw wrong(
    'input',
    `the server takes ${sizes.join(' × ')} numbers, but the images have ${bytesPerImage(shape)}`,
  );
}

function spelled({ height, width, channels, layout }: Frame): readonly number[] {
  return layout === 'nhwc' ? [height, width, channels] : [channels, height, width];
}

function bytesShape(found: TensorMetadata | undefined): readonly number[] {
  return found?.shape.length === 2 ? [1] : [];
}

function labelsOf({ labels, protocol }: RemoteSettings, output: TensorMetadata | undefined) {
  const classes = output?.shape.at(-1) ?? -1;
  if (labels === undefined) {
    if (classes >= 2 && classes <= MOST_CLASSES)
      return Array.from({ length: classes }, (_, label) => `class ${label}`);
    const who = protocol === 'custom' ? 'this protocol does not name' : 'the server does not number';
    throw wrong('labels', `${who} the classes; list their names, in the order of the scores`);
  }
  const isOneForTwo = classes === 1 && labels.length === 2;
  if (classes > 0 && classes !== labels.length && !isOneForTwo)
    throw wrong(
      'labels',
      `there are ${labels.length}, but the output ${output?.name} has ${classes} classes`,
    );
  return labels;
}

function withDefaults(
  frame: Pick<ModelShape, 'height' | 'width' | 'channels' | 'labels'>,
  tensor: Tensor,
  resize: Resize | undefined,
): ModelShape {
  const shape: ModelShape = {
    ...{ height: frame.height, width: frame.width, channels: frame.channels, labels: frame.labels },
    resize: tensor === 'bytes' ? 'fit' : 'stretch',
    invert: 'never',
  };
  const { resize: usual, invert } = isFashionMnist(shape) ? FASHION_MNIST : shape;
  return { ...shape, invert, resize: resize ?? usual };
}

function descriptionOf(
  { input, output }: RemoteSettings,
  shape: ModelShape,
  tensor: Tensor,
  layout: 'nhwc' | 'nchw',
): ModelDescription {
  const { channels } = shape;
  const order = channels === 1 ? 'grey' : input.color === 'bgr' ? 'bgr' : 'rgb';
  const none = { mean: Array<number>(channels).fill(0), std: Array<number>(channels).fill(1) };
  const preprocessing: Preprocessing =
    tensor === 'fp32'
      ? {
          ...{ scale: input.scale, offset: input.offset, order },
          ...{ mean: perChannel(input.mean, none.mean, 'mean'), std: perChannel(input.std, none.std, 'std') },
        }
      : { scale: 1, offset: 0, order, ...none };
  return {
    kind: 'function',
    shape,
    preprocessing,
    layout,
    output: {
      activation: output.activation,
      independent: output.activation === 'sigmoid' && shape.labels.length > 2,
      ...(output.top !== undefined && { top: output.top }),
    },
  };
}

function perChannel(
  values: readonly number[] | undefined,
  none: readonly number[],
  name: 'mean' | 'std',
): readonly number[] {
  if (values === undefined || values.length === none.length) return values ?? none;
  throw wrong(
    `input.${name}`,
    `${values.length} numbers for ${none.length} channels; one per channel is needed`,
  );
}
