import type { Preprocessing } from '../../models/files/model';
import type { Tensor } from './compilation';
import type { OnnxGraph } from './graph';

/** (pixel × scale + offset − mean) / std as one factor and one summand for each channel. */
interface Linear {
  readonly factors: readonly number[];
  readonly summands: readonly number[];
}

/** Floats from uint8 pixels [channels, height, width] in the network's order of channels. */
export function preprocess(graph: OnnxGraph, input: Tensor, preprocessing: Preprocessing): Tensor {
  const channels = input.shape[0]!;
  const { factors, summands } = linearOf(preprocessing, channels);
  const floats = graph.node('Cast', [input.name], { to: 1 });
  const scaled = graph.node('Mul', [floats, constantOf(graph, 'scaling', factors)]);
  if (summands.every((summand) => summand === 0)) return { ...input, name: scaled };
  return { ...input, name: graph.node('Add', [scaled, constantOf(graph, 'offset', summands)]) };
}

/** The factor if the preprocessing is one factor for all pixels. */
export function onlyFactor(preprocessing: Preprocessing, channels: number): number | undefined {
  const { factors, summands } = linearOf(preprocessing, channels);
  const isOne = summands.every((summand) => summand === 0) && factors.every((one) => one === factors[0]);
  return isOne ? factors[0] : undefined;
}

function linearOf({ scale, offset, mean, std }: Preprocessing, channels: number): Linear {
  const deviations = Array.from({ length: channels }, (_, i) => std[i] ?? 1);
  return {
    factors: deviations.map((deviation) => scale / deviation),
    summands: deviations.map((deviation, i) => (offset - (mean[i] ?? 0)) / deviation),
  };
}

/** One number if all are equal. */
function constantOf(graph: OnnxGraph, name: string, values: readonly number[]): string {
  const isOne = values.every((value) => value === values[0]);
  const shape = isOne ? [] : [values.length, 1, 1];
  return graph.floats(name, shape, Float32Array.from(isOne ? values.slice(0, 1) : values));
}
