import { StreamInferError } from '../../core/errors';
import { INT8_RUNTIME, precisionProblem, type Precision } from '../../core/precision';
import type { RuntimeName } from '../../core/runtime-name';
import type { ModelFiles } from '../../models/files/model';
import { assertExecutes, runtimesFor } from './kinds';
import type { ModelRuntime } from './runtime';
import { RunGate } from '../run-gate';
import { SharedLock } from '../shared-lock';
import { OnnxRuntime } from './onnx';
import { TfjsNodeRuntime } from './tfjs-node';
import { TfjsWasmRuntime } from './tfjs-wasm';

/** Fastest first. */
export const RUNTIME_ORDER: readonly RuntimeName[] = runtimesFor('layers');

/**
 * The runtimes to try in order. Throws USAGE if the wanted one does not have the precision, or MODEL_UNSUPPORTED if it
 * does not execute this kind of network.
 */
export function candidatesFor(
  wanted: RuntimeName | 'auto',
  precision: Precision | 'auto',
  files: Pick<ModelFiles, 'network' | 'dir'>,
): readonly RuntimeName[] {
  const problem = precisionProblem(wanted, precision);
  if (problem) throw new StreamInferError('USAGE', problem);
  const only = wanted === 'auto' && precision === 'int8' ? INT8_RUNTIME : wanted;
  if (only === 'auto') return runtimesFor(files.network.kind);
  assertExecutes(only, files);
  return [only];
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
