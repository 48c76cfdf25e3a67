import type { ModelOutput } from '../../core/model-description';
import { toScores } from '../scores';

/** Rounding of a server may leave a probability a little outside of 0 to 1. */
const TOLERANCE = 1e-3;

/**
 * Scores from the numbers of an answer, flat or nested. Throws an error with a sentence for a wrong number of values, or
 * values outside of 0 to 1.
 */
export function scoresOf(
  values: unknown,
  n: number,
  labels: readonly string[],
  output: Pick<ModelOutput, 'activation'>,
): Float32Array<ArrayBuffer> {
  const flat: unknown[] = Array.isArray(values) ? values.flat(4) : [];
  const classes = labels.length;
  const isOneForTwo = classes === 2 && flat.length === n;
  if (flat.length !== n * classes && !isOneForTwo)
    throw new Error(`the answer has ${flat.length} scores for ${n} images of ${classes} classes`);
  if (!flat.every((value) => typeof value === 'number' && Number.isFinite(value)))
    throw new Error('the answer has scores that are not numbers');
  const scores = toScores(Float32Array.from(flat as number[]), n, classes, output);
  for (const [i, score] of scores.entries()) {
    if (score < -TOLERANCE || score > 1 + TOLERANCE)
      throw new Error(
        `the score ${score} is not from 0 to 1; set model.output.activation to softmax or sigmoid`,
      );
    scores[i] = Math.min(1, Math.max(0, score));
  }
  return scores;
}

/** Parses an answer. Throws an error with a sentence. */
export function parseAnswer(body: Buffer): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    throw new Error('the answer is not JSON');
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
    return parsed as Record<string, unknown>;
  throw new Error('the answer is not a JSON object');
}
