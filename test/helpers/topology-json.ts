import { topologyOf } from '../../src/inference/onnx/topology';
import type { ModelFiles } from '../../src/models/files';
import { kerasFiles } from './keras-model';
import { withLayers } from './layers-network';

/** Topologies as TF.js and Keras write them. */

export type Json = Record<string, unknown>;

export const keras2 = (...names: string[]) => [names.map((name) => [name, 0, 0, {}])];
export const keras3 = (...names: string[]) => {
  const tensors = names.map((name) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 4], dtype: 'float32', keras_history: [name, 0, 0] },
  }));
  return [{ args: tensors.length > 1 ? [tensors] : tensors, kwargs: { training: false, mask: null } }];
};
export const layer = (
  class_name: string,
  name: string,
  inbound_nodes: unknown = [],
  config: Json = {},
): Json => ({
  class_name,
  name,
  config: { name, ...config },
  inbound_nodes,
});
export const input = (name = 'in', config: Json = {}) => layer('InputLayer', name, [], config);
export const functional = (layers: unknown[], output_layers: unknown, more: Json = {}): Json => ({
  class_name: 'Functional',
  name: 'model',
  config: { name: 'model', layers, input_layers: [['in', 0, 0]], output_layers, ...more },
});
export const sequential = (layers: unknown[], name = 'model'): Json => ({
  class_name: 'Sequential',
  config: { name, layers },
});
export const inside = (model: Json, name: string, inbound_nodes: unknown): Json => ({
  ...model,
  name,
  config: { ...(model['config'] as Json), name },
  inbound_nodes,
});

export interface Weights {
  readonly names?: readonly string[];
  readonly output?: string;
}

/** Each weight has one value, its position. */
export function filesOf(topology: Json, { names = [], output }: Weights = {}): ModelFiles {
  return withLayers(kerasFiles([]), {
    modelTopology: { model_config: topology },
    weightSpecs: names.map((name) => ({ name, shape: [1], dtype: 'float32' })),
    weightData: Float32Array.from(names, (_, i) => i).buffer,
    ...(output !== undefined && { output }),
  });
}

/** Each call with its inputs, as `name(inputs)`. */
export function callsOf(topology: Json, weights?: Weights): string[] {
  return topologyOf(filesOf(topology, weights)).calls.map(
    (call) => `${call.layer.name}(${call.inputs.map((one) => one.layer.name).join()})`,
  );
}

export const refusal = (code: string, message: RegExp): Error =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;
