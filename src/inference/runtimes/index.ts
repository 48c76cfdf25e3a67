import { isStreamInferError, type ErrorCode } from '../../core/errors';
import type { RuntimeName } from '../../core/prediction';
import type { ModelRuntime } from './runtime';
import { RunGate } from '../run-gate';
import { OnnxRuntime } from './onnx';
import { TfjsNodeRuntime } from './tfjs-node';
import { TfjsWasmRuntime } from './tfjs-wasm';

const RUNTIMES: Readonly<Record<RuntimeName, new (gate: RunGate) => ModelRuntime>> = {
  onnx: OnnxRuntime,
  'tfjs-node': TfjsNodeRuntime,
  'tfjs-wasm': TfjsWasmRuntime,
};

/** Fastest first: the order in which `auto` tries them. */
export const RUNTIME_ORDER: readonly RuntimeName[] = ['onnx', 'tfjs-node', 'tfjs-wasm'];

/** Makes a runtime; nothing is loaded before its `load`. In a worker it needs the pool's gate. */
export function createRuntime(name: RuntimeName, gate = new RunGate()): ModelRuntime {
  return new RUNTIMES[name](gate);
}

/** A runtime that gives wrong numbers is one that does not work here; if the next one does too, it is the model. */
const RUNTIMES_FAULT: readonly ErrorCode[] = ['RUNTIME_UNAVAILABLE', 'MODEL_UNSUPPORTED', 'MODEL_CORRUPT'];

/** Whether the next runtime may do better. */
export function isRuntimesFault(error: unknown): error is Error {
  return isStreamInferError(error) && RUNTIMES_FAULT.includes(error.code);
}
