import { resolveModel } from '../../../src/inference/remote/resolve';
import type { RemoteSettings } from '../../../src/inference/remote/settings';
import type { TensorMetadata } from '../../../src/inference/remote/server-model';

const SETTINGS: RemoteSettings = {
  url: 'http://models.example',
  protocol: 'open-inference',
  name: 'pets',
  headers: {},
  labels: ['cat', 'dog'],
  input: { scale: 1 / 255, offset: 0 },
  output: { activation: 'none' },
  timeoutMs: 1_000,
  concurrency: 1,
  maxBatch: 32,
};
const OUTPUTS: readonly TensorMetadata[] = [{ name: 'scores', datatype: 'FP32', shape: [-1, 2] }];

function resolved(datatype: string, shape: readonly number[], settings: Partial<RemoteSettings> = {}) {
  const inputs = [{ name: 'in', datatype, shape }];
  const {
    shape: images,
    input,
    description,
    mostImages,
  } = resolveModel({ ...SETTINGS, ...settings }, { inputs, outputs: OUTPUTS });
  const { width, height, channels } = images;
  return { size: [width, height, channels], ...input, layout: description.layout, mostImages };
}

describe('a model at a server', () => {
  it.each([
    ['UINT8', [-1, 96, 64, 3], { size: [64, 96, 3], tensor: 'uint8', layout: 'nhwc', shape: [96, 64, 3] }],
    ['FP32', [-1, 3, 96, 64], { size: [64, 96, 3], tensor: 'fp32', layout: 'nchw', shape: [3, 96, 64] }],
    ['FP32', [-1, 784], { size: [28, 28, 1], shape: [784] }],
    ['FP32', [-1, 28, 28], { size: [28, 28, 1], shape: [28, 28] }],
    ['BYTES', [-1, 1], { size: [224, 224, 3], tensor: 'bytes', shape: [1] }],
    ['BYTES', [-1], { tensor: 'bytes', shape: [] }],
    ['FP32', [1, 3, 8, 8], { mostImages: 1 }],
  ])('has the images of its metadata: %s %j', (datatype, shape, expected) => {
    expect(resolved(datatype, shape)).toMatchObject(expected);
  });

  it('has the size of the configuration where the metadata leaves it open', () => {
    const input = { width: 64, height: 32, scale: 1, offset: 0 };
    const found = resolved('FP32', [-1, -1, -1, 3], { input });
    expect(found).toMatchObject({ size: [64, 32, 3], shape: [32, 64, 3] });
  });

  it.each([
    ['FP32', [-1, -1, -1, 3], 'set model.input.width and height'],
    ['FP64', [-1, 8, 8, 3], 'the input in is FP64; UINT8, FP32 and BYTES can be sent'],
    ['FP32', [3, 8, 8], 'the first size of the input in is 3'],
  ])('is refused where neither fits: %s %j', (datatype, shape, message) => {
    expect(() => resolved(datatype, shape)).toThrow(message);
  });

  it('is refused where the metadata lists no input', () => {
    expect(() => resolveModel(SETTINGS, { inputs: [], outputs: OUTPUTS })).toThrow(
      "model.input: the server's metadata lists no input; check model.name and model.protocol",
    );
  });

  it('needs one mean for each channel', () => {
    const input = { mean: [0.5], scale: 1, offset: 0 };
    expect(() => resolved('FP32', [-1, 8, 8, 3], { input })).toThrow('1 numbers for 3 channels');
  });
});
