import { bytesPerImage, type ModelShape } from '../core/model-shape';
import type { NetworkInput, Preprocessing } from '../models/files/model';

const LEVELS = 256;

/** Converts uint8 pixels (interleaved, red first) to the floats of a network, for runtimes without such a graph. */
export class FloatPixels {
  /** The float of each level, for each channel of the network. */
  readonly #table: Float32Array;
  /** Reused for every batch; the caller must have copied it before the next one. */
  #floats = new Float32Array(0);

  constructor(
    private readonly shape: ModelShape,
    private readonly preprocessing: Preprocessing,
    private readonly layout: NetworkInput['layout'] = 'nhwc',
  ) {
    this.#table = tableOf(preprocessing, shape.channels);
  }

  from(pixels: Uint8Array, n: number): Float32Array {
    const length = n * bytesPerImage(this.shape);
    if (this.#floats.length < length) this.#floats = new Float32Array(length);
    const floats = this.#floats.subarray(0, length);
    if (this.shape.channels === 1) convert(pixels, floats, this.#table);
    else this.#convertColors(pixels, floats);
    return floats;
  }

  #convertColors(pixels: Uint8Array, floats: Float32Array): void {
    const { channels, height, width } = this.shape;
    const area = height * width;
    const isReversed = this.preprocessing.order === 'bgr';
    const [pixelStep, channelStep] = this.layout === 'nhwc' ? [channels, 1] : [1, area];
    for (let channel = 0; channel < channels; channel++) {
      const source = isReversed ? channels - 1 - channel : channel;
      const table = this.#table.subarray(channel * LEVELS, (channel + 1) * LEVELS);
      for (let image = 0; image < floats.length; image += area * channels) {
        let to = image + channel * channelStep;
        for (let from = image + source; from < image + area * channels; from += channels, to += pixelStep)
          floats[to] = table[pixels[from]!]!;
      }
    }
  }
}

function convert(pixels: Uint8Array, floats: Float32Array, table: Float32Array): void {
  for (let i = 0; i < floats.length; i++) floats[i] = table[pixels[i]!]!;
}

function tableOf({ scale, offset, mean, std }: Preprocessing, channels: number): Float32Array {
  return Float32Array.from({ length: channels * LEVELS }, (_, i) => {
    const channel = Math.floor(i / LEVELS);
    return ((i % LEVELS) * scale + offset - (mean[channel] ?? 0)) / (std[channel] ?? 1);
  });
}
