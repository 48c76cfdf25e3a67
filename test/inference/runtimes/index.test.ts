import { candidatesFor, createRuntime } from '../../../src/inference/runtimes/index';

describe('candidatesFor', () => {
  it('has all runtimes for float32, and only onnx for 8-bit integers', () => {
    expect(candidatesFor('auto', 'fp32')).toEqual(['onnx', 'tfjs-node', 'tfjs-wasm']);
    expect(candidatesFor('auto', 'auto')).toEqual(['onnx', 'tfjs-node', 'tfjs-wasm']);
    expect(candidatesFor('auto', 'int8')).toEqual(['onnx']);
    expect(candidatesFor('onnx', 'int8')).toEqual(['onnx']);
    expect(candidatesFor('tfjs-wasm', 'fp32')).toEqual(['tfjs-wasm']);
  });

  it.each(['tfjs-node', 'tfjs-wasm'] as const)('rejects 8-bit integers on %s with a fix', (runtime) => {
    expect(() => candidatesFor(runtime, 'int8')).toThrow(
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
