/** Model files, as other programs may write them. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../src/core/errors';
import { compileToOnnx } from '../../src/inference/onnx/compile';
import { adaptForTfjs } from '../../src/inference/runtimes/adapt-topology';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../src/models/files';
import { graphNetwork } from '../helpers/graph-network';
import { onnxNetwork } from '../helpers/onnx-network';
import { dense, flatten, input, layersJson } from '../helpers/own-model';
import { fuzz } from './fuzz';
import { useFolder } from './use-folder';

jest.setTimeout(600_000);

const CODES: readonly ErrorCode[] = [
  'MODEL_CORRUPT',
  'MODEL_MISSING',
  'MODEL_UNSUPPORTED',
  'FILE_UNREADABLE',
];
const SHIPPED = join(__dirname, '../../models/fashion-mnist/1');

const folder = useFolder();

const toJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
type Files = Readonly<Record<string, Buffer>>;

/** Damages one file of a model, and reads the model. */
const damaged =
  (files: Files, name: string, use: (model: ModelFiles) => unknown = () => undefined) =>
  async (bytes: Buffer): Promise<void> => {
    const dir = mkdtempSync(join(folder(), 'model-'));
    try {
      for (const [file, content] of Object.entries(files)) writeFileSync(join(dir, file), content);
      writeFileSync(join(dir, name), bytes);
      use(await readModelFiles(await resolveModelDir(dir)));
    } finally {
      rmSync(dir, { recursive: true });
    }
  };

const kernel = Float32Array.from({ length: 12 }, (_, i) => i / 12);
const kernelBytes = Buffer.from(kernel.buffer);

const LAYERS = {
  'model.json': toJson(
    layersJson({
      layers: [
        input([2, 2, 1]),
        { class_name: 'Rescaling', config: { name: 'rescaling', scale: 0.5, offset: 0 } },
        flatten,
        dense(3, 'softmax'),
      ],
      weights: [{ name: 'dense/kernel', shape: [4, 3] }],
    }),
  ),
  'group1.weights.bin': kernelBytes,
  'classifier.json': toJson({
    labels: ['a', 'b', 'c'],
    input: { color: 'grey', resize: 'fit', mean: [0], std: [1] },
    output: { activation: 'none', top: 2 },
  }),
};

/** In both runtimes for layers. */
function prepare(files: ModelFiles): void {
  for (const translate of [compileToOnnx, adaptForTfjs]) {
    try {
      translate(files);
    } catch (error) {
      expect(CODES).toContain((error as { code?: unknown }).code);
    }
  }
}

describe('a model of layers', () => {
  it.each(Object.entries(LAYERS))('is read and prepared, or refused, with another %s', (name, file) =>
    fuzz([file], damaged(LAYERS, name, prepare), { codes: CODES }),
  );

  const NAMES = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];
  const withLayer = (layer: object): Buffer =>
    toJson(layersJson({ layers: [input([2, 2, 1]), layer as typeof flatten, flatten, dense(3, 'softmax')] }));
  const WEIGHTS = [{ name: 'dense/kernel', shape: [4, 3], dtype: 'float32' }];
  const read = async (model: Buffer, use: (files: ModelFiles) => unknown): Promise<void> => {
    const json = JSON.parse(model.toString()) as { weightsManifest: { weights: unknown }[] };
    json.weightsManifest[0]!.weights = WEIGHTS;
    await damaged(LAYERS, 'model.json', use)(toJson(json));
  };
  const unsupported = { code: 'MODEL_UNSUPPORTED' };

  it.each(NAMES)('is unsupported with a layer of the class %s', async (name) => {
    const model = withLayer({ class_name: name, config: { name: 'a' } });
    await expect(read(model, compileToOnnx)).rejects.toMatchObject(unsupported);
    await expect(read(model, adaptForTfjs)).rejects.toMatchObject(unsupported);
  });

  it.each(NAMES)('is unsupported with an option %s', async (name) => {
    const config = Object.fromEntries<unknown>([
      ['name', 'a'],
      ['activation', 'linear'],
      [name, 7],
    ]);
    const model = withLayer({ class_name: 'Resizing', config });
    await expect(read(model, compileToOnnx)).rejects.toMatchObject(unsupported);
    await expect(read(model, adaptForTfjs)).rejects.toMatchObject(unsupported);
    const relu = withLayer({ class_name: 'ReLU', config });
    await expect(read(relu, adaptForTfjs)).rejects.toMatchObject(unsupported);
  });

  it.each(NAMES)('is unsupported with an activation %s', async (name) => {
    const model = withLayer({ class_name: 'Activation', config: { name: 'a', activation: name } });
    await expect(read(model, compileToOnnx)).rejects.toMatchObject(unsupported);
  });

  it.each(NAMES)('is corrupt with weights of the type %s', async (name) => {
    const [weight] = WEIGHTS;
    const json = JSON.parse(LAYERS['model.json'].toString()) as { weightsManifest: object[] };
    json.weightsManifest = [{ paths: ['group1.weights.bin'], weights: [{ ...weight, dtype: name }] }];
    await expect(damaged(LAYERS, 'model.json')(toJson(json))).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
    });
  });
});

describe('a graph model', () => {
  const { artifacts } = graphNetwork({ shape: [2, 2, 1], kernel, classes: 3 });
  const { weightSpecs, weightData, ...json } = artifacts;
  const tensor = (name: string, size: number) => ({
    name,
    dtype: 'DT_FLOAT',
    tensorShape: { dim: [{ size: '-1' }, { size: String(size) }] },
  });
  const image = {
    ...tensor('image:0', 2),
    tensorShape: { dim: ['-1', '2', '2', '1'].map((size) => ({ size })) },
  };
  const graph = {
    ...json,
    signature: { inputs: { image }, outputs: { scores: tensor('scores:0', 3) } },
    weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
  };
  const files = { 'model.json': toJson(graph), 'weights.bin': Buffer.from(weightData) };

  it('is read or refused', () => fuzz([files['model.json']], damaged(files, 'model.json'), { codes: CODES }));

  it('is unsupported with an input of the type constructor', async () => {
    const other = {
      ...graph,
      signature: { ...graph.signature, inputs: { image: { ...image, dtype: 'constructor' } } },
    };
    await expect(damaged(files, 'model.json')(toJson(other))).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
    });
  });
});

it('an ONNX file is read or refused', () => {
  const network = onnxNetwork({
    input: { type: 'float32', layout: 'nchw', shape: [1, 2, 2] },
    kernel,
    classes: 3,
  });
  return fuzz([Buffer.from(network.bytes)], damaged({}, 'model.onnx'), { codes: CODES });
});

describe('a shipped model', () => {
  it.each(['manifest.json', 'model.json', 'labels.json', 'golden.json', 'int8.json', 'weights.bin'])(
    'is read or refused with another %s',
    (name) =>
      fuzz(
        [readFileSync(join(SHIPPED, name))],
        async (bytes) => {
          const dir = mkdtempSync(join(folder(), 'shipped-'));
          try {
            cpSync(SHIPPED, dir, { recursive: true });
            writeFileSync(join(dir, name), bytes);
            await readModelFiles(dir);
          } finally {
            rmSync(dir, { recursive: true });
          }
        },
        { codes: CODES, share: 0.3 },
      ),
  );
});
