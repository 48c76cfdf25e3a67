import { precisionProblem } from '../../src/core/precision';

it('8-bit integers fit onnx and auto, and float32 fits every runtime', () => {
  expect(precisionProblem('auto', 'int8')).toBeUndefined();
  expect(precisionProblem('onnx', 'int8')).toBeUndefined();
  expect(precisionProblem('tfjs-wasm', 'fp32')).toBeUndefined();
  expect(precisionProblem('tfjs-wasm', 'auto')).toBeUndefined();
  expect(precisionProblem('tfjs-wasm', 'int8')).toMatch(/on onnx only, not on tfjs-wasm; use/);
});
