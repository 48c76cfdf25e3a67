/** @jest-environment ./test/helpers/one-realm-environment.js */
import type { NetworkInput, Preprocessing } from '../../src/models/files/model';
import {
  BGR,
  CLASSES,
  KERNEL,
  RGB,
  SIZES,
  colorModel,
  differenceOfNumbers,
  differenceOn,
  expected,
} from '../helpers/color-model';
import { onnxNetwork, type OnnxFileOptions } from '../helpers/onnx-network';

type Input = Omit<NetworkInput, 'name'>;

const NHWC: Input = { type: 'float32', layout: 'nhwc', shape: SIZES };
const NCHW: Input = { type: 'float32', layout: 'nchw', shape: [3, 4, 3] };

const network = (options: Partial<OnnxFileOptions> = {}) =>
  onnxNetwork({ input: NCHW, kernel: KERNEL, classes: CLASSES, ...options });

describe('an ONNX file', () => {
  it.each<[string, Input, Preprocessing]>([
    ['NHWC', NHWC, RGB],
    ['NCHW', NCHW, RGB],
    ['NHWC, blue first, with mean and std', NHWC, BGR],
    ['NCHW, blue first, with mean and std', NCHW, BGR],
    ['a flat input', { ...NHWC, shape: [36] }, BGR],
    ['a flat input by channel', { ...NCHW, shape: [36] }, BGR],
    ['a batch of one', { ...NCHW, batch: 1 }, BGR],
    ['a batch of two, flat', { ...NHWC, shape: [36], batch: 2 }, BGR],
  ])('gets preprocessed pixels: %s', async (_name, input, preprocessing) => {
    const right = expected(preprocessing, { layout: input.layout });
    const files = colorModel(network({ input }), preprocessing);
    expect(await differenceOn('onnx', files, right)).toBeLessThan(1e-5);
    expect(await differenceOfNumbers('onnx', files)).toBeLessThan(1e-5);
  });

  it('may take half precision', async () => {
    const files = colorModel(network({ input: { ...NCHW, type: 'float16' } }), BGR);
    expect(await differenceOn('onnx', files, expected(BGR, { layout: 'nchw' }))).toBeLessThan(5e-3);
    expect(await differenceOfNumbers('onnx', files)).toBeLessThan(5e-3);
  });

  it.each<[Input['type'], Partial<Preprocessing>]>([
    ['uint8', {}],
    ['int32', {}],
    ['int8', { offset: -128 }],
    ['int32', { scale: 0.5, offset: -3, mean: [1, 2, 3] }],
  ])('may take integers: %s %j', async (type, changed) => {
    const kernel = KERNEL.map((value) => value / 255);
    const plain = { ...RGB, scale: 1, ...changed };
    const files = colorModel(network({ input: { ...NHWC, type }, kernel }), plain);
    const change = (value: number) => Math.floor(value + 0.5);
    expect(await differenceOn('onnx', files, expected(plain, { kernel, change }))).toBeLessThan(1e-5);
  });

  it.each([
    [3, 7],
    [3, 9],
    [4, 11],
    [8, 21],
  ])('may have format version %d and operators of version %d', async (irVersion, opset) => {
    const files = colorModel(network({ irVersion, opset }), BGR);
    expect(await differenceOn('onnx', files, expected(BGR, { layout: 'nchw' }))).toBeLessThan(1e-5);
  });

  it('may end in logits, and have another output in front', async () => {
    const output = { activation: 'softmax', independent: false } as const;
    const files = colorModel(network({ operator: 'Identity', first: 'features' }), RGB, { output });
    expect(await differenceOn('onnx', files, expected(RGB, { layout: 'nchw' }))).toBeLessThan(1e-5);
  });

  it('may have independent scores', async () => {
    const output = { activation: 'none', independent: true } as const;
    const files = colorModel(network({ operator: 'Sigmoid' }), RGB, { output });
    expect(await differenceOn('onnx', files, [...new Array<number>(15).fill(0.5)])).toBeLessThan(0.5);
  });
});

describe('an ONNX file is refused for', () => {
  it.each<[string, Partial<OnnxFileOptions>, RegExp]>([
    ['an unknown operator', { operator: 'Frobnicate' }, /does not have its operator Frobnicate$/],
    ['operators of the future', { opset: 99 }, /version 99 of the operators.*up to \d+.*older/],
    ['operators of the past', { opset: 6 }, /version 6 of the operators.*onnx\.version_converter/],
    ['a format of the future', { irVersion: 99 }, /version 99 of the format.*up to \d+/],
    [
      'pixels beyond its integers',
      { input: { ...NHWC, type: 'int8' } },
      /int8.*0 to 255.*classifier\.json.*-128 to 127/,
    ],
  ])('%s, which the message names', async (_name, options, message) => {
    const files = colorModel(network(options), { ...RGB, scale: 1 });
    await expect(differenceOn('onnx', files, [])).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(message) as string,
    });
  });

  it('another output or input than the file has', async () => {
    const whole = network();
    const output = colorModel({ ...whole, output: 'nothing' }, RGB);
    await expect(differenceOn('onnx', output, [])).rejects.toThrow(
      /no output nothing; its outputs are scores/,
    );
    const input = colorModel({ ...whole, input: { ...whole.input, name: 'nothing' } }, RGB);
    await expect(differenceOn('onnx', input, [])).rejects.toThrow(/takes image, not only an image nothing/);
  });

  it('sizes that do not fit each other', async () => {
    const files = colorModel(network({ kernel: KERNEL.subarray(0, 30) }), RGB);
    await expect(differenceOn('onnx', files, [])).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
  });

  it('a number of outputs that does not fit the labels', async () => {
    const files = colorModel(network({ kernel: new Float32Array(36 * 4), classes: 4 }), RGB);
    await expect(differenceOn('onnx', files, [])).rejects.toThrow(
      /4 outputs per image, but there are 3 labels/,
    );
  });

  it('a cut file', async () => {
    const whole = network();
    const files = colorModel({ ...whole, bytes: whole.bytes.slice(0, 100) }, RGB);
    await expect(differenceOn('onnx', files, [])).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
  });
});
