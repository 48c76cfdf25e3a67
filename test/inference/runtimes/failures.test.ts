import { StreamInferError, type ErrorCode } from '../../../src/core/errors';
import type { RuntimeName } from '../../../src/core/runtime-name';
import { failureOf } from '../../../src/inference/runtimes/failures';

const failed = (runtime: RuntimeName, code: ErrorCode, message: string) => ({
  runtime,
  error: new StreamInferError(code, message),
});

describe('failureOf', () => {
  it('reports the first reason about the model first, and then the others', () => {
    const { code, message } = failureOf([
      failed('onnx', 'RUNTIME_UNAVAILABLE', 'Install it.'),
      failed('tfjs-node', 'MODEL_UNSUPPORTED', 'Layer a is unknown.'),
      failed('tfjs-wasm', 'MODEL_CORRUPT', 'It is broken.'),
    ]);
    expect(code).toBe('MODEL_UNSUPPORTED');
    expect(message).toBe(
      'Layer a is unknown. Other runtimes fail, too. onnx: Install it. tfjs-wasm: It is broken.',
    );
  });

  it('does not advise the runtimes that failed', () => {
    const { message } = failureOf([
      failed('onnx', 'MODEL_UNSUPPORTED', 'Layer a is unknown. Use --runtime tfjs-node or tfjs-wasm.'),
      failed('tfjs-wasm', 'MODEL_UNSUPPORTED', 'It has groups 2.'),
    ]);
    expect(message).toBe('Layer a is unknown. Other runtimes fail, too. tfjs-wasm: It has groups 2.');
  });

  it('reports one reason once', () => {
    const one = failed('tfjs-node', 'MODEL_CORRUPT', 'It is broken.');
    expect(failureOf([one, failed('tfjs-wasm', 'MODEL_CORRUPT', 'It is broken.')])).toBe(one.error);
  });

  it('reports that no runtime is installed', () => {
    const first = failed('onnx', 'RUNTIME_UNAVAILABLE', 'Install onnx.');
    expect(failureOf([first])).toBe(first.error);
  });
});
