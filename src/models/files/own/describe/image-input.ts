import { bytesPerImage } from '../../../../core/model-shape';
import { MAX_IMAGE_SIDE } from '../../../../core/image';
import { unsupportedFile } from '../source';
import { pick, type Picked, type SettingsFrom } from '../settings/settings';

/** The images of a network, and how it takes them. */
export interface ImageInput {
  readonly height: Picked<number>;
  readonly width: Picked<number>;
  readonly channels: 1 | 3;
  readonly color: Picked<'grey' | 'rgb' | 'bgr'>;
  readonly layout: Picked<'nhwc' | 'nchw'>;
  /** Sizes of one image as the network takes it, without the batch. */
  readonly shape: readonly number[];
}

type Sizes = readonly (number | null)[];

interface Dimensions {
  readonly height: number | null;
  readonly width: number | null;
  readonly channels: number | null;
}

/** The pixels of one image must fit into a message and into the memory of a batch. */
const MAX_PIXELS = MAX_IMAGE_SIDE * MAX_IMAGE_SIDE;

/**
 * Decides size, channels and layout from the network's own sizes and from the settings. Throws MODEL_UNSUPPORTED if they
 * contradict each other, or leave a size open.
 */
export function imageInputOf(
  sizes: Sizes,
  sources: readonly SettingsFrom[],
  { file, name, isNchwUsual }: { file: string; name: string; isNchwUsual: boolean },
): ImageInput {
  const layout = layoutOf(sizes, pick(sources, 'layout'), name, isNchwUsual);
  const color = pick(sources, 'color');
  const wanted = { height: pick(sources, 'height'), width: pick(sources, 'width'), color };
  const own = dimensionsOf(sizes, layout.value, wanted);
  const height = settled('height', own?.height, wanted.height, { file, name, sizes });
  const width = settled('width', own?.width, wanted.width, { file, name, sizes });
  const channels = own?.channels ?? (color?.value === 'grey' ? 1 : 3);
  if ((channels !== 1 && channels !== 3) || (color && (color.value === 'grey') !== (channels === 1))) {
    const asked = color ? `, but ${color.origin} has the color ${color.value}` : '';
    throw unsupportedFile(
      file,
      `has the input ${shown(sizes)}, ${channels} channels${asked}`,
      'images have one channel (grey) or three (rgb, bgr)',
    );
  }
  const shape = filled(sizes, { height: height.value, width: width.value, channels }, layout.value);
  if (height.value * width.value > MAX_PIXELS)
    throw unsupportedFile(
      file,
      `has images of ${width.value} × ${height.value}`,
      `the limit is ${MAX_PIXELS} pixels`,
    );
  assertWhole(shape, bytesPerImage({ height: height.value, width: width.value, channels }), { file, sizes });
  return {
    height,
    width,
    channels,
    color: color ?? {
      value: channels === 1 ? 'grey' : 'rgb',
      origin: `default for ${channels === 1 ? 'one channel' : 'three channels'}`,
    },
    layout,
    shape,
  };
}

/** Three sizes with 1 or 3 in front are channels first, unless there is such a number at the end too. */
function layoutOf(
  sizes: Sizes,
  wanted: Picked<'nhwc' | 'nchw'> | undefined,
  name: string,
  isNchwUsual: boolean,
): Picked<'nhwc' | 'nchw'> {
  if (wanted) return wanted;
  const isFirst = isChannels(sizes[0]);
  const isLast = isChannels(sizes[2]);
  const isOpen = sizes.length === 3 && isFirst === isLast;
  if (isOpen) return { value: isNchwUsual ? 'nchw' : 'nhwc', origin: `usual for ${name}` };
  return { value: sizes.length === 3 && isFirst ? 'nchw' : 'nhwc', origin: name };
}

function isChannels(size: number | null | undefined): boolean {
  return size === 1 || size === 3;
}

interface Wanted {
  readonly height: Picked<number> | undefined;
  readonly width: Picked<number> | undefined;
  readonly color: Picked<'grey' | 'rgb' | 'bgr'> | undefined;
}

/** Undefined for a flat input whose length says nothing about the sides. */
function dimensionsOf(sizes: Sizes, layout: 'nhwc' | 'nchw', wanted: Wanted): Dimensions | undefined {
  const [first = null, second = null, third = null] = sizes;
  if (sizes.length === 3) {
    return layout === 'nchw'
      ? { channels: first, height: second, width: third }
      : { height: first, width: second, channels: third };
  }
  if (sizes.length === 2 && second !== 1 && second !== 3)
    return { height: first, width: second, channels: 1 };
  const known = sizes.filter((size) => size !== null);
  return known.length === sizes.length && known.length > 0
    ? flatDimensions(
        known.reduce((product, size) => product * size, 1),
        wanted,
      )
    : undefined;
}

function flatDimensions(length: number, { height, width, color }: Wanted): Dimensions | undefined {
  if (height && width) {
    const channels = length / (height.value * width.value);
    return { height: height.value, width: width.value, channels };
  }
  for (const channels of color?.value === 'grey' ? [1] : color ? [3] : [1, 3]) {
    const side = Math.sqrt(length / channels);
    if (Number.isInteger(side)) return { height: side, width: side, channels };
  }
  return undefined;
}

interface Place {
  readonly file: string;
  readonly name: string;
  readonly sizes: Sizes;
}

/** The network's own size wins; another one in a file next to it is an error only if the user wrote it. */
function settled(
  side: 'height' | 'width',
  own: number | null | undefined,
  wanted: Picked<number> | undefined,
  { file, name, sizes }: Place,
): Picked<number> {
  if (typeof own !== 'number') {
    if (wanted) return wanted;
    throw unsupportedFile(
      file,
      `has the input ${shown(sizes)}, which does not fix the ${side} of the images`,
      'set input.width and input.height in classifier.json',
    );
  }
  if (!wanted || wanted.value === own)
    return { value: own, origin: wanted && sizes.length === 1 ? wanted.origin : name };
  if (wanted.origin !== 'classifier.json') return { value: own, origin: name };
  throw unsupportedFile(
    file,
    `has the input ${shown(sizes)}, but ${wanted.origin} has the ${side} ${wanted.value}`,
    `remove input.${side}, or set it to ${own}`,
  );
}

/** The network's sizes with the variable ones decided. */
function filled(
  sizes: Sizes,
  { height, width, channels }: { height: number; width: number; channels: number },
  layout: 'nhwc' | 'nchw',
): number[] {
  const whole = layout === 'nchw' ? [channels, height, width] : [height, width, channels];
  if (sizes.length === 0) return whole;
  const decided = sizes.length === 1 ? [height * width * channels] : whole;
  return sizes.map((size, i) => size ?? decided[i]!);
}

function assertWhole(shape: readonly number[], pixels: number, { file, sizes }: Omit<Place, 'name'>): void {
  if (shape.reduce((product, size) => product * size, 1) === pixels) return;
  throw unsupportedFile(
    file,
    `has the input ${shown(sizes)}, which is not an image of ${pixels} values`,
    'images have [batch, height, width, channels], [batch, channels, height, width] or [batch, height × width × channels]',
  );
}

function shown(sizes: Sizes): string {
  return `[${['null', ...sizes.map((size) => size ?? 'null')].join(',')}]`;
}
