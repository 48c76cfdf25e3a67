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
      failed('onnx', 'RUNTIME_UNAVAILABLE', 'install it'),
      failed('tfjs-node', 'MODEL_UNSUPPORTED', 'layer a is unknown'),
      failed('tfjs-wasm', 'MODEL_CORRUPT', 'it is broken'),
    ]);
    expect(code).toBe('MODEL_UNSUPPORTED');
    expect(message).toBe(
      'layer a is unknown; other runtimes fail, too: onnx: install it; tfjs-wasm: it is broken',
    );
  });

  it('does not advise the runtimes that failed', () => {
    const { message } = failureOf([
      failed('onnx', 'MODEL_UNSUPPORTED', 'layer a is unknown; use --runtime tfjs-node or tfjs-wasm'),
      failed('tfjs-wasm', 'MODEL_UNSUPPORTED', 'it has groups 2'),
    ]);
    expect(message).toBe('layer a is unknown; other runtimes fail, too: tfjs-wasm: it has groups 2');
  });

  it('reports one reason once', () => {
    const one = failed('tfjs-node', 'MODEL_CORRUPT', 'it is broken');
    expect(failureOf([one, failed('tfjs-wasm', 'MODEL_CORRUPT', 'it is broken')])).toBe(one.error);
  });

  it('reports that no runtime is installed', () => {
    const first = failed('onnx', 'RUNTIME_UNAVAILABLE', 'install onnx');
    expect(failureOf([first])).toBe(first.error);
  });
});
