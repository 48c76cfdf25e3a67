import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Transformer } from '@napi-rs/image';
import { OnnxGraph } from '../../src/inference/onnx/graph';

/** Side of the detector's input, pixels. */
export const SIDE = 64;
export const CLASSES = ['red', 'green'] as const;
const N = SIDE * SIDE;

export type DetectorForm = 'yolo' | 'ssd' | 'nms';

/**
 * A model that finds red and green rectangles on black, without training. A convolution finds their upper left corners;
 * the nearest dark pixel to the right and below, by max-pooling, gives their sizes. Each rectangle is found again from
 * the pixels next to its corner. So overlapping boxes must be removed: by the reader, or for `nms` by the model itself.
 */
export function detectorBytes(form: DetectorForm): Uint8Array {
  const graph = new OnnxGraph();
  const found = findCorners(graph);
  return { yolo: endAsYolo, ssd: endAsSsd, nms: endAsNms }[form](graph, found);
}

/** Values for each pixel: [batch, 1, SIDE, SIDE], and scores [batch, 2, SIDE, SIDE]. */
interface Found {
  readonly left: string;
  readonly top: string;
  readonly right: string;
  readonly bottom: string;
  readonly scores: string;
}

function findCorners(graph: OnnxGraph): Found {
  const scalar = (value: number) => graph.floats('scalar', [], Float32Array.of(value));
  const conv = (from: string, shape: readonly number[], kernel: readonly number[], attributes = {}) =>
    graph.node('Conv', [from, graph.floats('kernel', shape, Float32Array.from(kernel))], attributes);
  const above = (value: string, limit: number) =>
    graph.node('Cast', [graph.node('Greater', [value, scalar(limit)])], { to: 1 });
  const colour = conv('image', [2, 3, 1, 1], [1, -0.5, -0.5, -0.5, 1, -0.5]);
  const mask = above(colour, 0.4);
  const any = conv(mask, [1, 2, 1, 1], [1, 1]);
  // Lit, but dark on the left and above.
  const isCorner = [0, -1, 0, -1, 1, 0, 0, 0, 0];
  const corner = above(
    conv(mask, [2, 1, 3, 3], [...isCorner, ...isCorner], { group: 2, pads: [1, 1, 1, 1] }),
    0.5,
  );
  const around = graph.node('MaxPool', [corner], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  const near = graph.node('Mul', [graph.node('Mul', [around, mask]), scalar(0.4)]);
  const scores = graph.node('Mul', [
    graph.node('Add', [near, graph.node('Mul', [corner, scalar(0.5)])]),
    colour,
  ]);
  const ramp = (of: (x: number, y: number) => number) =>
    graph.floats(
      'ramp',
      [1, 1, SIDE, SIDE],
      Float32Array.from({ length: N }, (_, i) => of(i % SIDE, Math.floor(i / SIDE))),
    );
  const [left, top] = [ramp((x) => x), ramp((_, y) => y)];
  const dark = graph.node('Sub', [scalar(1), any]);
  const end = (rest: string, kernel: readonly number[], pads: readonly number[]) => {
    const nearest = graph.node('MaxPool', [graph.node('Mul', [dark, rest])], { kernel_shape: kernel, pads });
    return graph.node('Sub', [scalar(SIDE), nearest]);
  };
  const right = end(
    ramp((x) => SIDE - x),
    [1, SIDE],
    [0, 0, 0, SIDE - 1],
  );
  const bottom = end(
    ramp((_, y) => SIDE - y),
    [SIDE, 1],
    [0, 0, SIDE - 1, 0],
  );
  return { left: same(graph, left, any), top: same(graph, top, any), right, bottom, scores };
}

/** A constant as a value of each image. */
function same(graph: OnnxGraph, constant: string, like: string): string {
  const nothing = graph.node('Mul', [like, graph.floats('zero', [], Float32Array.of(0))]);
  return graph.node('Add', [constant, nothing]);
}

function reshape(graph: OnnxGraph, value: string, sizes: readonly number[], output?: string): string {
  const shape = graph.constant('sizes', {
    type: 'int64',
    shape: [sizes.length],
    data: BigInt64Array.from(sizes, BigInt),
  });
  return graph.node('Reshape', [value, shape], {}, output);
}

const INPUT = { name: 'image', type: 'float', shape: [null, 3, SIDE, SIDE] } as const;

function endAsYolo(graph: OnnxGraph, { left, top, right, bottom, scores }: Found): Uint8Array {
  const half = graph.floats('half', [], Float32Array.of(0.5));
  const middle = (from: string, to: string) => graph.node('Mul', [graph.node('Add', [from, to]), half]);
  const parts = [
    middle(left, right),
    middle(top, bottom),
    graph.node('Sub', [right, left]),
    graph.node('Sub', [bottom, top]),
    scores,
  ];
  const all = graph.node('Concat', parts, { axis: 1 });
  reshape(graph, all, [0, 4 + CLASSES.length, N], 'output0');
  return graph.finish(INPUT, [{ name: 'output0', type: 'float', shape: [null, 4 + CLASSES.length, N] }]);
}

/** [batch, N, 4]: corners in shares of the sides, or in pixels. */
function cornersOf(graph: OnnxGraph, found: Found, scale: number): string {
  const { left, top, right, bottom } = found;
  const rows = reshape(graph, graph.node('Concat', [left, top, right, bottom], { axis: 1 }), [0, 4, N]);
  const scaled = graph.node('Mul', [rows, graph.floats('scale', [], Float32Array.of(scale))]);
  return graph.node('Transpose', [scaled], { perm: [0, 2, 1] });
}

/** With the background as class 0. */
function endAsSsd(graph: OnnxGraph, found: Found): Uint8Array {
  const background = graph.node('Sub', [
    graph.floats('one', [], Float32Array.of(1)),
    graph.node('ReduceMax', [found.scores], { axes: [1], keepdims: 1 }),
  ]);
  const all = reshape(graph, graph.node('Concat', [background, found.scores], { axis: 1 }), [0, 3, N]);
  graph.node('Transpose', [all], { perm: [0, 2, 1] }, 'scores');
  graph.node('Identity', [cornersOf(graph, found, 1 / SIDE)], {}, 'boxes');
  return graph.finish(INPUT, [
    { name: 'scores', type: 'float', shape: [null, N, 3] },
    { name: 'boxes', type: 'float', shape: [null, N, 4] },
  ]);
}

/** Overlapping boxes are removed by the model, so their number varies. */
function endAsNms(graph: OnnxGraph, found: Found): Uint8Array {
  const corners = cornersOf(graph, found, 1);
  const scores = reshape(graph, found.scores, [0, CLASSES.length, N]);
  const int64 = (name: string, values: readonly number[], shape: readonly number[]) =>
    graph.constant(name, { type: 'int64', shape, data: BigInt64Array.from(values, BigInt) });
  const float = (name: string, value: number) => graph.floats(name, [1], Float32Array.of(value));
  const chosen = graph.node('NonMaxSuppression', [
    corners,
    scores,
    int64('most', [50], [1]),
    float('iou', 0.45),
    float('threshold', 0.25),
  ]);
  const column = (at: number) => graph.node('Gather', [chosen, int64('column', [at], [])], { axis: 1 });
  const flat = reshape(graph, corners, [N, 4]);
  graph.node('Gather', [flat, column(2)], { axis: 0 }, 'boxes');
  graph.node('GatherND', [scores, chosen], {}, 'scores');
  graph.node('Identity', [column(1)], {}, 'labels');
  return graph.finish({ ...INPUT, shape: [1, 3, SIDE, SIDE] }, [
    { name: 'boxes', type: 'float', shape: [null, 4] },
    { name: 'scores', type: 'float', shape: [null] },
    { name: 'labels', type: 'int64', shape: [null] },
  ]);
}

/** A folder with the detector and the names of its classes. */
export async function writeDetector(
  folder: string,
  form: DetectorForm,
  classifier: object = {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'model.onnx'), detectorBytes(form));
  await writeFile(path.join(folder, 'classifier.json'), JSON.stringify({ labels: CLASSES, ...classifier }));
  return folder;
}

export interface Rectangle {
  readonly colour: (typeof CLASSES)[number];
  /** Left, top, width, height. */
  readonly box: readonly [number, number, number, number];
}

/** RGB pixels of rectangles on black. */
export function drawn(width: number, height: number, rectangles: readonly Rectangle[]): Uint8Array {
  const pixels = new Uint8Array(width * height * 3);
  for (const { colour, box } of rectangles) {
    const [left, top, across, down] = box;
    for (let y = top; y < top + down; y++)
      for (let x = left; x < left + across; x++) pixels[(y * width + x) * 3 + CLASSES.indexOf(colour)] = 255;
  }
  return pixels;
}

/** The same as a PNG file. */
export async function drawnPng(
  width: number,
  height: number,
  rectangles: readonly Rectangle[],
): Promise<Buffer> {
  const pixels = drawn(width, height, rectangles);
  const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : pixels[Math.floor(i / 4) * 3 + (i % 4)]!,
  );
  return await Transformer.fromRgbaPixels(rgba, width, height).png();
}
