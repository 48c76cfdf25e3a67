// A network with the layers of MobileNetV2 (Sandler et al., 2018) and random weights, as an ONNX file like PyTorch's:
// colour images, channels first, logits. Its last layer is fitted to twelve kinds of scenes.
import { createRequire } from 'node:module';
import { drawScene, DRAWN_SIZES, SCENES } from '../pictures/scenes.mjs';
import { randomFrom } from '../pictures/random.mjs';

const require = createRequire(import.meta.url);
const ort = require('onnxruntime-node');
const { toModelImage } = require('../../dist/codec/model-image.js');
const { OnnxGraph } = require('../../dist/inference/onnx/graph.js');

/** Expansion, channels, repetitions and stride of the blocks. */
const BLOCKS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];
const FIRST_CHANNELS = 32;
const FEATURES = 1_280;
/** Scenes of each kind that the last layer is fitted to. */
const SAMPLES = 5;
/** Median lead of the best logit over the second one. */
const MARGIN = 4;

export const PREPROCESSING = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** The bytes of the ONNX file for square images with this side. */
export async function mobileNet(side, seed = 1) {
  const features = await featuresOf(side, seed);
  const { weights, bias } = fit(features);
  return backbone(side, seed, (graph, pooled) => {
    const inputs = [
      pooled,
      graph.floats('head', weights.shape, weights.data),
      graph.floats('bias', [SCENES.length], bias),
    ];
    return [graph.node('Gemm', inputs, {}, 'logits'), SCENES.length];
  });
}

/** @param end adds the output to the graph; returns its name and width */
function backbone(side, seed, end) {
  const graph = new OnnxGraph();
  const random = randomFrom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const conv = (input, [from, to], { kernel = 1, stride = 1, group = 1, relu = true } = {}) => {
    const fanIn = (from / group) * kernel * kernel;
    const deviation = Math.sqrt((relu ? 2 : 1) / fanIn);
    const shape = [to, from / group, kernel, kernel];
    const values = Float32Array.from({ length: to * fanIn }, () => deviation * normal());
    const bias = Float32Array.from({ length: to }, () => 0.1 * normal());
    const pad = (kernel - 1) / 2;
    const attributes = {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group,
    };
    const inputs = [input, graph.floats('w', shape, values), graph.floats('b', [to], bias)];
    const output = graph.node('Conv', inputs, attributes);
    return relu ? graph.node('Clip', [output, low, high]) : output;
  };
  const low = graph.floats('low', [], Float32Array.of(0));
  const high = graph.floats('high', [], Float32Array.of(6));
  let last = conv('image', [3, FIRST_CHANNELS], { kernel: 3, stride: 2 });
  let channels = FIRST_CHANNELS;
  for (const [expansion, to, repetitions, firstStride] of BLOCKS) {
    for (let i = 0; i < repetitions; i++) {
      const stride = i === 0 ? firstStride : 1;
      const inner = channels * expansion;
      const wide = expansion === 1 ? last : conv(last, [channels, inner]);
      const filtered = conv(wide, [inner, inner], { kernel: 3, stride, group: inner });
      const narrow = conv(filtered, [inner, to], { relu: false });
      last = stride === 1 && channels === to ? graph.node('Add', [last, narrow]) : narrow;
      channels = to;
    }
  }
  const pooled = graph.node('GlobalAveragePool', [conv(last, [channels, FEATURES])]);
  const [name, width] = end(graph, graph.node('Flatten', [pooled], { axis: 1 }));
  const image = { name: 'image', type: 'float', shape: [null, 3, side, side] };
  return graph.finish(image, [{ name, type: 'float', shape: [null, width] }]);
}

/** Features of scenes that are scaled like photos, by kind. */
async function featuresOf(side, seed) {
  const bytes = backbone(side, seed, (graph, pooled) => [
    graph.node('Identity', [pooled], {}, 'features'),
    FEATURES,
  ]);
  const session = await ort.InferenceSession.create(bytes);
  const all = [];
  for (let label = 0; label < SCENES.length; label++) {
    const samples = [];
    for (let i = 0; i < SAMPLES; i++) {
      const size = DRAWN_SIZES[i % DRAWN_SIZES.length];
      const scene = { ...size, channels: 4, samples: drawScene(label, size, i + 1) };
      const shape = { width: side, height: side, channels: 3, resize: 'crop' };
      const image = new ort.Tensor('float32', preprocessed(toModelImage(scene, 1, 'never', shape)), [
        1,
        3,
        side,
        side,
      ]);
      samples.push((await session.run({ image })).features.data);
    }
    all.push(samples);
  }
  await session.release();
  return all;
}

/** The network's input of RGB pixels, channels first. */
export function preprocessed(pixels) {
  const { mean, std } = PREPROCESSING;
  const plane = pixels.length / 3;
  return Float32Array.from(pixels, (_, i) => {
    const channel = Math.floor(i / plane);
    return (pixels[3 * (i % plane) + channel] / 255 - mean[channel]) / std[channel];
  });
}

/** Linear discriminants with one variance for each feature: the nearest mean wins. */
function fit(features) {
  const means = features.map((samples) => meanOf(samples));
  const centre = meanOf(means);
  const variance = centre.map((_, f) => {
    const squares = features.flatMap((samples, label) =>
      samples.map((sample) => (sample[f] - means[label][f]) ** 2),
    );
    return squares.reduce((a, b) => a + b) / squares.length + 1e-3;
  });
  const rows = means.map((mean) => mean.map((value, f) => (value - centre[f]) / variance[f]));
  const offsets = means.map((mean) =>
    mean.reduce((sum, value, f) => sum - (value ** 2 - centre[f] ** 2) / variance[f] / 2, 0),
  );
  const margins = features.flat().map((sample) => {
    const [best, second] = rows
      .map((row, label) => row.reduce((sum, weight, f) => sum + weight * sample[f], offsets[label]))
      .sort((a, b) => b - a);
    return best - second;
  });
  const scale = MARGIN / margins.sort((a, b) => a - b)[margins.length >> 1];
  const data = Float32Array.from(
    { length: FEATURES * rows.length },
    (_, i) => scale * rows[i % rows.length][Math.floor(i / rows.length)],
  );
  return {
    weights: { shape: [FEATURES, rows.length], data },
    bias: Float32Array.from(offsets, (offset) => scale * offset),
  };
}

function meanOf(samples) {
  return Array.from(
    { length: FEATURES },
    (_, f) => samples.reduce((sum, sample) => sum + sample[f], 0) / samples.length,
  );
}
