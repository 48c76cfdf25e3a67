import { argMax } from '../core/arg-max';
import { readFile } from 'node:fs/promises';
import { StreamInferError } from '../core/errors';
import { unreadable } from '../dataset/image-file';
import { readNpy } from '../dataset/npy';
import type { ModelFiles } from '../models/files';

/** Scores of another framework, one row for each image. */
interface Scores {
  readonly rows: number;
  readonly columns: number;
  readonly values: ArrayLike<number>;
}

export interface Agreement {
  readonly images: number;
  readonly worstDifference: number;
  /** Images with the same most likely class. */
  readonly sameClass: number;
}

/** Rounding of two frameworks differs by about 1e-6; another preprocessing by far more. */
const TOLERANCE = 1e-3;

/**
 * Compares scores with those in a file. Rejects with MODEL_UNSUPPORTED if they differ, USAGE for another number of images
 * or classes.
 */
export async function compareWithExpected(
  file: string,
  got: Float32Array,
  n: number,
  files: ModelFiles,
): Promise<Agreement> {
  const classes = got.length / n;
  const read = /\.npy$/i.test(file) ? await fromNpy(file) : await fromCsv(file);
  const expected = asProbabilities(read, files);
  if (expected.rows !== n || expected.columns !== classes) {
    throw new StreamInferError(
      'USAGE',
      `${file} has ${read.rows} × ${read.columns} scores; expected ${n} images × ${classes} classes`,
    );
  }
  const agreement = compare(got, expected.values, n);
  if (agreement.worstDifference <= TOLERANCE) return agreement;
  throw new StreamInferError(
    'MODEL_UNSUPPORTED',
    `${files.dir} gives other scores than ${file}: the worst difference is ${agreement.worstDifference.toPrecision(3)} ` +
      `(tolerance ${TOLERANCE}), the class is the same for ${agreement.sameClass} of ${n} images; ` +
      'check scale, offset, mean, std and color: stream-infer models inspect prints them; classifier.json changes them',
  );
}

function compare(got: Float32Array, expected: ArrayLike<number>, n: number): Agreement {
  const classes = got.length / n;
  let worst = 0;
  let sameClass = 0;
  for (let image = 0; image < n; image++) {
    if (argMax(got, image * classes, classes) === argMax(expected, image * classes, classes)) sameClass++;
    for (let i = image * classes; i < (image + 1) * classes; i++) {
      const difference = Math.abs(got[i]! - expected[i]!);
      // Written so that NaN counts as a difference.
      if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
    }
  }
  return { images: n, worstDifference: worst, sameClass };
}

/** One score for two labels is that of the second; logits get the activation that the program applies. */
function asProbabilities(scores: Scores, { output, shape }: ModelFiles): Scores {
  const isProbability = Array.prototype.every.call(
    scores.values,
    (value: number) => value >= 0 && value <= 1,
  );
  const activated = isProbability ? scores : activate(scores, output.activation);
  if (activated.columns !== 1 || shape.labels.length !== 2) return activated;
  const values = Array.from(activated.values, (p) => [1 - p, p]).flat();
  return { rows: activated.rows, columns: 2, values };
}

function activate(scores: Scores, activation: ModelFiles['output']['activation']): Scores {
  const { rows, columns } = scores;
  const values = Float64Array.from(scores.values);
  if (activation === 'none') return scores;
  if (activation === 'sigmoid')
    return { rows, columns, values: values.map((value) => 1 / (1 + Math.exp(-value))) };
  for (let start = 0; start < values.length; start += columns) {
    const row = values.subarray(start, start + columns);
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = row.reduce((total, value) => total + Math.exp(value - most), 0);
    row.forEach((value, i) => (row[i] = Math.exp(value - most) / sum));
  }
  return { rows, columns, values };
}

async function fromNpy(file: string): Promise<Scores> {
  const { shape, values } = await readNpy(file);
  const [rows = 0, columns = 1, ...others] = shape;
  if (others.length > 0)
    throw new StreamInferError('USAGE', `${file} has ${shape.length} dimensions, not two`);
  return { rows, columns, values };
}

/** One row for each image, numbers only; a first line with names is skipped. */
async function fromCsv(file: string): Promise<Scores> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error);
  });
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const rows = lines.map((line) => line.split(/[,;\t]/).map(Number));
  if (rows[0]?.some((value) => Number.isNaN(value))) rows.shift();
  const columns = rows[0]?.length ?? 0;
  const odd = rows.findIndex((row) => row.length !== columns || row.some((value) => Number.isNaN(value)));
  if (odd >= 0)
    throw new StreamInferError('USAGE', `${file}: row ${odd + 1} does not have ${columns} numbers`);
  return { rows: rows.length, columns, values: rows.flat() };
}
