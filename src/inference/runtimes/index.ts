import { StreamInferError, isStreamInferError, type ErrorCode } from '../../core/errors';
import { INT8_RUNTIME, precisionProblem, type Precision } from '../../core/precision';
import type { RuntimeName } from '../../core/runtime-name';
import type { ModelRuntime } from './runtime';
import { RunGate } from '../run-gate';
import { SharedLock } from '../shared-lock';
import { OnnxRuntime } from './onnx';
import { TfjsNodeRuntime } from './tfjs-node';
import { TfjsWasmRuntime } from './tfjs-wasm';

/** Fastest first: the order in which `auto` tries the runtimes. */
export const RUNTIME_ORDER: readonly RuntimeName[] = ['onnx', 'tfjs-node', 'tfjs-wasm'];

/** The runtimes to try in order. Throws USAGE if the wanted one does not have the precision. */
export function candidatesFor(
  wanted: RuntimeName | 'auto',
  precision: Precision | 'auto',
): readonly RuntimeName[] {
  const problem = precisionProblem(wanted, precision);
  if (problem) throw new StreamInferError('USAGE', problem);
  if (wanted !== 'auto') return [wanted];
  return precision === 'int8' ? [INT8_RUNTIME] : RUNTIME_ORDER;
}

/** What the native libraries need of the other threads. */
export interface Threads {
  /** One for each pool. */
  readonly gate: RunGate;
  /** One for the process. */
  readonly lock: SharedLock;
}

/** Creates a runtime; it loads nothing before `load`. A worker must give the gate and the lock that it shares. */
export function createRuntime(
  name: RuntimeName,
  precision: Precision,
  { gate, lock }: Threads = { gate: new RunGate(), lock: new SharedLock() },
): ModelRuntime {
  switch (name) {
    case 'onnx':
      return new OnnxRuntime(gate, precision);
    case 'tfjs-node':
      return new TfjsNodeRuntime(lock);
    case 'tfjs-wasm':
      return new TfjsWasmRuntime();
  }
}

/** Includes MODEL_CORRUPT: wrong results may come from the runtime; if all runtimes give them, the model is corrupt. */
const RUNTIME_ERRORS: readonly ErrorCode[] = ['RUNTIME_UNAVAILABLE', 'MODEL_UNSUPPORTED', 'MODEL_CORRUPT'];

/** Whether the next runtime may succeed. */
export function isRuntimeError(error: unknown): error is Error {
  return isStreamInferError(error) && RUNTIME_ERRORS.includes(error.code);
}
