import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ModelFiles } from '../../../../src/models/files';
import { refusal, useModelFolder } from '../../../helpers/model-folder';
import {
  dense,
  flatten,
  input,
  onnxBytes,
  writeJson,
  writeLayers,
  type OnnxTensor,
  type WrittenLayer,
} from '../../../helpers/own-model';

const { folder: folderOf, read } = useModelFolder();
let folder: string;
beforeEach(() => void (folder = folderOf()));
const grey = (units: number, activation: unknown): WrittenLayer[] => [
  input([4, 5, 1]),
  flatten,
  dense(units, activation),
];

describe('the kind of a model is found by content', () => {
  it('in a JSON file of any name, and in its folder', async () => {
    await writeLayers(folder, { layers: grey(3, 'softmax') }, 'birds.json');
    await writeJson(folder, 'other.json', { modelTopology: null });
    expect((await read('birds.json')).network.kind).toBe('layers');
    await rm(path.join(folder, 'other.json'));
    expect(await read()).toMatchObject({
      network: { kind: 'layers' },
      shape: { height: 4, width: 5, channels: 1, resize: 'stretch', invert: 'never' },
    });
  });

  it('in an ONNX file, also one level below a folder of Hugging Face', async () => {
    await mkdir(path.join(folder, 'onnx'));
    await writeFile(
      path.join(folder, 'onnx', 'model.onnx'),
      onnxBytes(['Conv', 'Flatten'], { type: 1, shape: ['n', 3, 'h', 'w'] }, { type: 1, shape: ['n', 2] }),
    );
    await writeJson(folder, 'config.json', { id2label: { 1: 'dog', 0: 'cat' } });
    await writeJson(folder, 'preprocessor_config.json', {
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
      image_mean: [0.1, 0.2, 0.3],
      image_std: 0.5,
      size: { shortest_edge: 224 },
    });
    expect(await read()).toMatchObject({
      network: { kind: 'onnx', input: { layout: 'nchw', shape: [3, 224, 224] } },
      shape: { height: 224, width: 224, channels: 3, resize: 'crop', labels: ['cat', 'dog'] },
      preprocessing: { scale: 1 / 255, mean: [0.1, 0.2, 0.3], std: [0.5, 0.5, 0.5], order: 'rgb' },
      output: { activation: 'softmax' },
      origins: { labels: 'config.json (id2label)', 'input.std': 'preprocessor_config.json' },
    });
  });

  it('of several models, the user names one', async () => {
    const bytes = onnxBytes(['Softmax'], { type: 1, shape: [1, 4] }, { type: 1, shape: [1, 4] });
    await writeFile(path.join(folder, 'a.onnx'), bytes);
    await writeFile(path.join(folder, 'b.onnx'), bytes);
    await expect(read()).rejects.toMatchObject(refusal('MODEL_MISSING', 'a.onnx, b.onnx', 'path of one'));
  });
});

describe('a TF.js graph model', () => {
  const node = (name: string, op: string, ...inputs: string[]): object => ({ name, op, input: inputs });
  const sizes = (...dims: number[]): object => ({ dim: dims.map((size) => ({ size: String(size) })) });

  it('has its input and its output from the signature', async () => {
    await writeJson(folder, 'model.json', {
      modelTopology: {
        node: [
          node('in', 'Placeholder'),
          node('s', 'Sub', 'in'),
          node('p', 'Softmax', 's'),
          node('Identity', 'Identity', 'p'),
        ],
      },
      signature: {
        inputs: { image: { name: 'in:0', dtype: 'DT_FLOAT', tensorShape: sizes(-1, 8, 9, 3) } },
        outputs: {
          features: { name: 's:0', dtype: 'DT_FLOAT', tensorShape: sizes(-1, 1, 1, 3) },
          scores: { name: 'Identity:0', dtype: 'DT_FLOAT', tensorShape: sizes(-1, 3) },
        },
      },
      weightsManifest: [{ paths: ['w.bin'], weights: [] }],
    });
    await writeFile(path.join(folder, 'w.bin'), '');
    expect(await read()).toMatchObject({
      network: {
        kind: 'graph',
        input: { name: 'in:0', layout: 'nhwc', shape: [8, 9, 3] },
        output: 'Identity:0',
      },
      shape: { height: 8, width: 9, channels: 3, labels: ['class 0', 'class 1', 'class 2'] },
      output: { activation: 'none' },
      warnings: [expect.stringContaining('begins with Sub'), expect.stringContaining('no class names')],
    });
  });
});

describe('class names', () => {
  beforeEach(() => writeLayers(folder, { layers: grey(3, 'softmax') }));

  it.each<[string, string]>([
    ['labels.json', '["a","b","c"]'],
    ['labels.json', '{"b":1,"a":0,"c":2}'],
    ['labels.json', '{"0":"a","1":"b","2":"c"}'],
    ['labels.txt', '\uFEFFa\r\nb\n\nc\n'],
    ['labels.txt', '0 a\n1 b\n2 c\n'],
    ['metadata.json', '{"labels":["a","b","c"]}'],
    ['config.json', '{"id2label":{"0":"a","1":"b","2":"c"}}'],
    ['classifier.json', '{"labels":["a","b","c"]}'],
  ])('come from %s: %s', async (name, text) => {
    await writeFile(path.join(folder, name), text);
    const { shape, origins, warnings } = await read();
    expect(shape.labels).toEqual(['a', 'b', 'c']);
    expect(origins['labels']).toContain(name);
    expect(warnings).toEqual([]);
  });

  it('are numbers without any, with a warning', async () => {
    const { shape, warnings } = await read();
    expect(shape.labels).toEqual(['class 0', 'class 1', 'class 2']);
    expect(warnings).toEqual([expect.stringContaining('add labels.json')]);
  });

  it.each(['{"a":0,"b":2,"c":3}', '["a"]', '["a","b","c","d"]'])(
    'are refused if they do not fit: %s',
    async (text) => {
      await writeFile(path.join(folder, 'labels.json'), text);
      await expect(read()).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
    },
  );
});

describe('classifier.json', () => {
  beforeEach(() => writeLayers(folder, { layers: grey(3, 'softmax') }));

  it('has the first word on everything', async () => {
    await writeJson(folder, 'classifier.json', {
      labels: ['a', 'b', 'c'],
      input: { scale: 2, offset: -1, mean: 3, std: [4], resize: 'fit', invert: 'auto' },
      output: { activation: 'softmax', top: 2 },
    });
    expect(await read()).toMatchObject({
      shape: { resize: 'fit', invert: 'auto' },
      preprocessing: { scale: 2, offset: -1, mean: [3], std: [4], order: 'grey' },
      output: { activation: 'softmax', independent: false, top: 2 },
      origins: { 'input.scale': 'classifier.json', 'output.top': 'classifier.json' },
    });
  });

  it.each<[object, string]>([
    [{ label: ['a'] }, 'unknown field label; did you mean labels?'],
    [{ input: { heigth: 3 } }, 'unknown field input.heigth; did you mean input.height?'],
    [{ scale: 1 }, 'unknown field scale; did you mean input.scale?'],
    [{ input: { std: 0 } }, 'input.std'],
    [{ input: { width: 9 } }, 'classifier.json has the width 9'],
    [{ input: { color: 'rgb' } }, 'color rgb'],
    [{ input: { mean: [1, 2, 3] } }, 'has 1 channel, but classifier.json has for mean 3 values'],
    [{ output: { name: 'dens' } }, 'has no output dens; did you mean dense?'],
    [{ output: { name: 'nope' } }, 'has no output nope; it has dense'],
  ])('is refused with a hint: %j', async (value, hint) => {
    await writeJson(folder, 'classifier.json', value);
    const error = await read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringContaining(hint) as string });
    expect(error).not.toMatchObject({ message: expect.stringMatching(/\?\.$/) as string });
  });
});

describe('images', () => {
  const shapeOf = async (sizes: (number | null)[], classifier: object = {}): Promise<ModelFiles['shape']> => {
    await writeLayers(folder, { layers: [input(sizes), flatten, dense(2, 'softmax')] });
    await writeJson(folder, 'classifier.json', classifier);
    return (await read()).shape;
  };

  it.each<[(number | null)[], object, object]>([
    [[6, 7], {}, { height: 6, width: 7, channels: 1 }],
    [[784], {}, { height: 28, width: 28, channels: 1 }],
    [[75], {}, { height: 5, width: 5, channels: 3 }],
    [[60], { input: { width: 4, height: 5 } }, { height: 5, width: 4, channels: 3 }],
    [[null, null, 3], { input: { width: 4, height: 5 } }, { height: 5, width: 4, channels: 3 }],
  ])('of %j with %j', async (sizes, classifier, expected) => {
    expect(await shapeOf(sizes, classifier)).toMatchObject(expected);
  });

  it.each<[(number | null)[], string]>([
    [[785], 'set input.width and input.height'],
    [[null, null, 3], 'set input.width and input.height'],
    [[4, 4, 2], '2 channels'],
    [[4, 4, 2, 3], 'images have [null, height, width, channels]'],
  ])('of %j are refused', async (sizes, hint) => {
    await expect(shapeOf(sizes)).rejects.toThrow(hint);
  });

  it.each<[OnnxTensor['shape'], object]>([
    [['n', 3, 32, 40], { layout: 'nchw', shape: [3, 32, 40] }],
    [['n', 32, 40, 3], { layout: 'nhwc', shape: [32, 40, 3] }],
    [[8, 1, 28, 28], { layout: 'nchw', shape: [1, 28, 28], batch: 8 }],
  ])('of an ONNX file: %j', async (shape, expected) => {
    await writeFile(
      path.join(folder, 'm.onnx'),
      onnxBytes(['Conv', 'Softmax'], { type: 1, shape }, { type: 1, shape: ['n', 2] }),
    );
    expect(await read('m.onnx')).toMatchObject({ network: { input: expected } });
  });

  it('of integers are not scaled, and a scaling of the graph is a warning', async () => {
    const to = { type: 1, shape: ['n', 2] };
    await writeFile(
      path.join(folder, 'm.onnx'),
      onnxBytes(['Cast', 'Conv', 'Softmax'], { type: 2, shape: [1, 3, 8, 8] }, to),
    );
    expect((await read()).preprocessing).toMatchObject({ scale: 1, offset: 0 });
    await writeFile(
      path.join(folder, 'm.onnx'),
      onnxBytes(['Div', 'Conv', 'Softmax'], { type: 1, shape: [1, 3, 8, 8] }, to),
    );
    const { preprocessing, warnings } = await read();
    expect(preprocessing.scale).toBe(1 / 255);
    expect(warnings[0]).toContain('begins with Div');
  });
});

describe('Teachable Machine', () => {
  it('has its own preprocessing', async () => {
    await writeLayers(folder, { layers: [input([8, 8, 3]), flatten, dense(2, 'softmax')] });
    const metadata = { packageName: '@teachablemachine/image', labels: ['yes', 'no'], imageSize: 8 };
    await writeJson(folder, 'metadata.json', metadata);
    expect(await read()).toMatchObject({
      shape: { resize: 'crop', labels: ['yes', 'no'] },
      preprocessing: { scale: 1 / 127.5, offset: -1 },
    });
    await writeJson(folder, 'metadata.json', { ...metadata, packageName: '@teachablemachine/pose' });
    await expect(read()).rejects.toMatchObject(refusal('MODEL_UNSUPPORTED', 'does not classify images'));
  });
});

describe('the files next to a model', () => {
  beforeEach(() => writeLayers(folder, { layers: grey(2, 'softmax') }));

  it('are refused if they are pipes or folders, without waiting for them', async () => {
    await mkdir(path.join(folder, 'labels.json'));
    await expect(read()).rejects.toMatchObject(refusal('MODEL_CORRUPT', 'labels.json is not a regular file'));
  });

  it.each([
    [['a', '\u001b[31mb'], 'a class name has no control characters'],
    ['cat', 'expected a list of names'],
  ])('name classes that can be printed: not %j', async (labels, message) => {
    await writeJson(folder, 'labels.json', labels);
    await expect(read()).rejects.toMatchObject(refusal('MODEL_CORRUPT', message));
  });

  it('may name a class twice, with a warning', async () => {
    await writeJson(folder, 'labels.json', ['crane', 'crane']);
    expect((await read()).warnings).toEqual(['several classes have the same name: crane']);
  });
});

it('a pipe is not waited for', async () => {
  execFileSync('mkfifo', [path.join(folder, 'model.onnx')]);
  await expect(read()).rejects.toMatchObject(refusal('MODEL_CORRUPT', 'model.onnx is not a regular file'));
  await rm(path.join(folder, 'model.onnx'));
  execFileSync('mkfifo', [path.join(folder, 'birds.json')]);
  await expect(read()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
});
