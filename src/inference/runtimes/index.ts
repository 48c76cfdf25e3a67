import { StreamInferError, isStreamInferError, type ErrorCode } from '../../core/errors';
import { INT8_RUNTIME, precisionProblem, type Precision } from '../../core/precision';
import type { RuntimeName } from '../../core/runtime-name';
import type { ModelRuntime } from './runtime';
import { RunGate } from '../run-gate';
import { OnnxRuntime } from './onnx';
import { TfjsNodeRuntime } from './tfjs-node';
import { TfjsWasmRuntime } from './tfjs-wasm';

/** Fastest first: the order in which `auto` tries them. */
export const RUNTIME_ORDER: readonly RuntimeName[] = ['onnx', 'tfjs-node', 'tfjs-wasm'];

/** The runtimes to try, one after the other. Throws USAGE if the wanted one does not have the precision. */
export function candidatesFor(
  wanted: RuntimeName | 'auto',
  precision: Precision | 'auto',
): readonly RuntimeName[] {
  const problem = precisionProblem(wanted, precision);
  if (problem) throw new StreamInferError('USAGE', problem);
  if (wanted !== 'auto') return [wanted];
  return precision === 'int8' ? [INT8_RUNTIME] : RUNTIME_ORDER;
}

/** Makes one of the candidates; nothing is loaded before its `load`. In a worker it needs the pool's gate. */
export function createRuntime(name: RuntimeName, precision: Precision, gate = new RunGate()): ModelRuntime {
  switch (name) {
    case 'onnx':
      return new OnnxRuntime(gate, precision);
    case 'tfjs-node':
      return new TfjsNodeRuntime();
    case 'tfjs-wasm':
      return new TfjsWasmRuntime();
  }
}

/** A runtime that gives wrong numbers is one that does not work here; if the next one does too, it is the model. */
const RUNTIMES_FAULT: readonly ErrorCode[] = ['RUNTIME_UNAVAILABLE', 'MODEL_UNSUPPORTED', 'MODEL_CORRUPT'];

/** Whether the next runtime may do better. */
export function isRuntimesFault(error: unknown): error is Error {
  return isStreamInferError(error) && RUNTIMES_FAULT.includes(error.code);
}
