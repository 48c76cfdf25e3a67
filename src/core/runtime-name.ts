/** Runtimes of a model, the fastest first. */
export const RUNTIME_NAMES = ['onnx', 'tfjs-node', 'tfjs-wasm'] as const;
export type RuntimeName = (typeof RUNTIME_NAMES)[number];
