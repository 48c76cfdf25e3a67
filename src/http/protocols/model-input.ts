import { isFraction, type ModelDescription } from '../../core/model-description';
import { bytesPerImage } from '../../core/model-shape';

/** Datatype of a tensor of numbers: UINT8 has pixels, FP32 has what the network is fed. */
export type PixelType = 'UINT8' | 'FP32';

/** How numbers become the pixels of the model. */
export interface ModelInput {
  /** Bytes and numbers of one image. */
  readonly size: number;
  /** Accepted shapes of one image by datatype; the first is the model's own. */
  readonly shapes: Readonly<Record<PixelType, readonly (readonly number[])[]>>;
  /** Whether numbers reach the network as they are, instead of as pixels. */
  readonly takesNumbers: boolean;
  /** Whether these are pixels / 255, so that an error can say so. */
  readonly isFraction: boolean;
  /** Position of a number among the pixels of its image. */
  pixelAt(type: PixelType, at: number): number;
  /** Position among the channels of the network. */
  channelAt(at: number): number;
  /** The pixel that the network is fed as this number, not rounded. */
  toPixel(value: number, channel: number): number;
  /** The number that the network is fed for this pixel. */
  toNumber(pixel: number, channel: number): number;
}

const inputs = new WeakMap<ModelDescription, ModelInput>();

/** The input of a model, made once for each. */
export function inputOf(description: ModelDescription): ModelInput {
  let input = inputs.get(description);
  if (input === undefined) inputs.set(description, (input = createInput(description)));
  return input;
}

function createInput({ shape, preprocessing, layout, takesNumbers = false }: ModelDescription): ModelInput {
  const { height, width, channels } = shape;
  const { scale, offset, mean, std, order } = preprocessing;
  const size = bytesPerImage(shape);
  const area = height * width;
  const planar = layout === 'nchw' && channels > 1;
  const pixels = shapesOf([height, width, channels], channels === 1 ? [[height, width]] : [], size);
  const planes = shapesOf([channels, height, width], channels === 1 ? [[height, width]] : [], size);
  const channelAt = (at: number): number => (planar ? Math.floor(at / area) : at % channels);
  return {
    size,
    shapes: { UINT8: pixels, FP32: layout === 'nchw' ? planes : pixels },
    takesNumbers,
    isFraction: isFraction(preprocessing),
    channelAt,
    pixelAt: (type, at) => {
      if (type === 'UINT8') return at;
      const channel = channelAt(at);
      const pixel = planar ? at % area : Math.floor(at / channels);
      return pixel * channels + (order === 'bgr' ? channels - 1 - channel : channel);
    },
    toPixel: (value, channel) => (value * std[channel]! + mean[channel]! - offset) / scale,
    toNumber: (pixel, channel) => (pixel * scale + offset - mean[channel]!) / std[channel]!,
  };
}

function shapesOf(
  own: readonly number[],
  others: readonly (readonly number[])[],
  size: number,
): readonly (readonly number[])[] {
  return [own, ...others, [size]];
}
