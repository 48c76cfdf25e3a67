import type { OnnxGraph } from './graph';
import { numberOf } from './options';
import type { Layer } from './layer';

/**
 * Keras's ReLU: `max_value` above it, the value itself above `threshold`, and `negative_slope` × (value − threshold) below.
 * Returns the name of the output.
 */
export function relu(graph: OnnxGraph, input: string, layer: Layer): string {
  const slope = numberOf(layer, 'negative_slope', 0);
  const threshold = numberOf(layer, 'threshold', 0);
  const most = numberOf(layer, 'max_value', Infinity);
  const scalar = (name: string, value: number) => graph.floats(name, [], Float32Array.of(value));
  if (threshold === 0 && most === Infinity && slope !== 0) return leakyRelu(graph, input, slope);
  let output =
    threshold === 0 ? graph.node('Relu', [input]) : above(graph, input, scalar('threshold', threshold));
  if (most !== Infinity) output = graph.node('Clip', [output, scalar('bound', 0), scalar('bound', most)]);
  if (slope === 0) return output;
  const below = graph.node('Relu', [graph.node('Sub', [scalar('threshold', threshold), input])]);
  return graph.node('Sub', [output, graph.node('Mul', [below, scalar('slope', slope)])]);
}

export function leakyRelu(graph: OnnxGraph, input: string, slope: number): string {
  return graph.node('LeakyRelu', [input], { alpha: { float: slope } });
}

/** The values above a limit; 0 for the others. */
export function above(graph: OnnxGraph, input: string, limit: string): string {
  const isAbove = graph.node('Cast', [graph.node('Greater', [input, limit])], { to: 1 });
  return graph.node('Mul', [input, isAbove]);
}
