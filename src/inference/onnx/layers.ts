import { own } from '../../core/own';
import { activationLayer, softmax } from './activations';
import type { Compilation, Tensor } from './compilation';
import { unsupported, type Layer } from './layer';
import { sizeOf } from './layout';
import { concatenate, merge } from './merges';
import { batchNormalization, layerNormalization, normalization, prelu, rescaling } from './normalizations';
import { requireLastAxis } from './options';
import { globalPooling, pooling } from './pooling';
import { conv2d, conv2dTranspose, dense, depthwiseConv2d, separableConv2d } from './products';
import { centerCrop, cropping, flatten, permute, reshape, resizing, upSampling, zeroPadding } from './shapes';

type Translate = (to: Compilation, input: Tensor, layer: Layer) => Tensor;
type TranslateMerge = (to: Compilation, inputs: readonly Tensor[], layer: Layer) => Tensor;

/** Half a gigabyte of floats for one image; a hostile model could ask for any number. */
const MAX_VALUES = 2 ** 27;

/** All supported layers with one input, by their class in TF.js; `KNOWN_OPTIONS` has their options. */
const LAYERS: Readonly<Record<string, Translate>> = {
  Conv2D: conv2d,
  DepthwiseConv2D: depthwiseConv2d,
  SeparableConv2D: separableConv2d,
  Conv2DTranspose: conv2dTranspose,
  Dense: dense,
  MaxPooling2D: (to, input, layer) => pooling(to, input, layer, 'MaxPool'),
  AveragePooling2D: (to, input, layer) => pooling(to, input, layer, 'AveragePool'),
  GlobalMaxPooling2D: (to, input, layer) => globalPooling(to, input, layer, 'GlobalMaxPool'),
  GlobalAveragePooling2D: (to, input, layer) => globalPooling(to, input, layer, 'GlobalAveragePool'),
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Rescaling: rescaling,
  Normalization: normalization,
  Activation: activationLayer,
  ReLU: activationLayer,
  LeakyReLU: activationLayer,
  ThresholdedReLU: activationLayer,
  ELU: activationLayer,
  PReLU: prelu,
  Softmax: (to, input, layer) => {
    requireLastAxis(layer, input.shape.length);
    return softmax(to, input);
  },
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  ZeroPadding2D: zeroPadding,
  Cropping2D: cropping,
  CenterCrop: centerCrop,
  Resizing: resizing,
  UpSampling2D: upSampling,
};

/** The supported layers with several inputs. */
const MERGES: Readonly<Record<string, TranslateMerge>> = {
  Add: merge,
  Subtract: merge,
  Multiply: merge,
  Average: merge,
  Maximum: merge,
  Minimum: merge,
  Concatenate: concatenate,
};

/** Adds the nodes of a layer whose class and options are known. */
export function translateLayer(to: Compilation, inputs: readonly Tensor[], layer: Layer): Tensor {
  const translateMerge = own(MERGES, layer.className);
  if (translateMerge) return withValues(layer, translateMerge(to, inputs, layer));
  const translate = own(LAYERS, layer.className);
  const [input] = inputs;
  if (!translate || !input || inputs.length !== 1) throw unsupported(layer, `has ${inputs.length} inputs`);
  return withValues(layer, translate(to, input, layer));
}

function withValues(layer: Layer, output: Tensor): Tensor {
  const isWhole = output.shape.every((length) => length > 0) && sizeOf(output.shape) <= MAX_VALUES;
  if (isWhole) return output;
  throw unsupported(layer, `has an output of ${output.shape.join('×')} values`);
}
