import type { RuntimeName } from '../../core/prediction';
import type { ModelRuntime } from './runtime';
import { TfjsNodeRuntime } from './tfjs-node';
import { TfjsWasmRuntime } from './tfjs-wasm';

const RUNTIMES: Readonly<Record<RuntimeName, new () => ModelRuntime>> = {
  'tfjs-node': TfjsNodeRuntime,
  'tfjs-wasm': TfjsWasmRuntime,
};

/** Fastest first: the order in which `auto` tries them. */
export const RUNTIME_ORDER: readonly RuntimeName[] = ['tfjs-node', 'tfjs-wasm'];

/** Makes a runtime; nothing is loaded before its `load`. */
export function createRuntime(name: RuntimeName): ModelRuntime {
  return new RUNTIMES[name]();
}
