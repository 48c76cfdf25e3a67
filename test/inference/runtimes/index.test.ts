import type { Network } from '../../../src/models/files/model';
import { candidatesFor, createRuntime } from '../../../src/inference/runtimes/index';

const of = (kind: Network['kind']) => ({ network: { kind } as Network, dir: '/models/mine' });

describe('candidatesFor', () => {
  it('has all runtimes for float32, and only onnx for 8-bit integers', () => {
    const layers = of('layers');
    expect(candidatesFor('auto', 'fp32', layers)).toEqual(['onnx', 'tfjs-node', 'tfjs-wasm']);
    expect(candidatesFor('auto', 'auto', layers)).toEqual(['onnx', 'tfjs-node', 'tfjs-wasm']);
    expect(candidatesFor('auto', 'int8', layers)).toEqual(['onnx']);
    expect(candidatesFor('onnx', 'int8', layers)).toEqual(['onnx']);
    expect(candidatesFor('tfjs-wasm', 'fp32', layers)).toEqual(['tfjs-wasm']);
  });

  it('has the runtimes of the kind of network', () => {
    expect(candidatesFor('auto', 'auto', of('graph'))).toEqual(['tfjs-node', 'tfjs-wasm']);
    expect(candidatesFor('auto', 'auto', of('onnx'))).toEqual(['onnx']);
  });

  it.each([
    ['onnx', 'fp32', 'graph', /onnx does not execute TF.js graph models.*tfjs-node or tfjs-wasm/],
    ['auto', 'int8', 'graph', /onnx does not execute TF.js graph models/],
    ['tfjs-node', 'fp32', 'onnx', /tfjs-node does not execute ONNX files.*--runtime onnx/],
  ] as const)('refuses %s %s for a network of kind %s', (runtime, precision, kind, message) => {
    expect(() => candidatesFor(runtime, precision, of(kind))).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it.each(['tfjs-node', 'tfjs-wasm'] as const)('rejects 8-bit integers on %s with a fix', (runtime) => {
    expect(() => candidatesFor(runtime, 'int8', of('layers'))).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: expect.stringMatching(/--runtime onnx.*--precision fp32/) as string,
      }) as Error,
    );
  });
});

it('a runtime reports its precision', () => {
  expect(createRuntime('onnx', 'int8')).toMatchObject({ name: 'onnx', precision: 'int8' });
  expect(createRuntime('tfjs-wasm', 'fp32')).toMatchObject({ name: 'tfjs-wasm', precision: 'fp32' });
});
