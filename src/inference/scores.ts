import { StreamInferError } from '../core/errors';
import { plural } from '../core/plural';
import type { ModelOutput } from '../models/files/model';

/**
 * From the numbers of a network, n × width, to n × classes scores. Changes the numbers in place where it can. The width
 * is the number of classes, or 1 for two classes: then the number is about the second one.
 * Throws MODEL_CORRUPT for another width.
 */
export function toScores(
  values: Float32Array<ArrayBuffer>,
  n: number,
  classes: number,
  { activation }: Pick<ModelOutput, 'activation'>,
): Float32Array<ArrayBuffer> {
  if (values.length === n * classes) {
    if (activation === 'softmax') softmax(values, classes);
    else if (activation === 'sigmoid') sigmoid(values);
    return values;
  }
  if (values.length !== n || classes !== 2) throw otherWidth(values.length / n, classes);
  // The softmax of 0 and a number is the sigmoid of the number.
  if (activation !== 'none') sigmoid(values);
  return withComplement(values);
}

/** Relative to the largest number, because exp overflows from 89 in float32. */
function softmax(values: Float32Array, classes: number): void {
  for (let start = 0; start < values.length; start += classes) {
    let largest = -Infinity;
    for (let i = start; i < start + classes; i++) if (values[i]! > largest) largest = values[i]!;
    let sum = 0;
    for (let i = start; i < start + classes; i++) sum += values[i] = Math.exp(values[i]! - largest);
    for (let i = start; i < start + classes; i++) values[i]! /= sum;
  }
}

/** In float64, exp of a large negative number is 0 and of a large positive one Infinity; both give a right result. */
function sigmoid(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + Math.exp(-values[i]!));
}

function withComplement(values: Float32Array): Float32Array<ArrayBuffer> {
  const both = new Float32Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    both[2 * i] = 1 - values[i]!;
    both[2 * i + 1] = values[i]!;
  }
  return both;
}

function otherWidth(width: number, classes: number): StreamInferError {
  return new StreamInferError(
    'MODEL_CORRUPT',
    `the model has ${plural(width, 'output')} per image, but there are ${classes} labels`,
  );
}
