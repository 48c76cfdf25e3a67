import { StreamInferError } from '../../core/errors';

/** A layer of a TF.js model, with its weights by their last name (`kernel`, `bias`, `gamma` …). */
export interface Layer {
  readonly className: string;
  /** Unique in the model: inside nested models it has their names in front where two layers share a name. */
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: ReadonlyMap<string, Weight>;
}

export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Options of a hostile model may be of any length. */
const MAX_PROBLEM = 1000;

/** The error for an unsupported layer or option. */
export function unsupported(layer: Pick<Layer, 'name' | 'className'>, problem: string): StreamInferError {
  return new StreamInferError(
    'MODEL_UNSUPPORTED',
    `the runtime onnx does not support the layer ${layer.name} (${layer.className}): it ${problem.slice(0, MAX_PROBLEM)}; ` +
      'use --runtime tfjs-node or tfjs-wasm',
  );
}
