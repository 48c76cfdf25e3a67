import { predictionSchema } from '../../codec/prediction-schema';
import { bytesPerImage } from '../../core/model-shape';
import { DEFAULT_SIZE, type Picture } from '../../core/picture';
import type { StoredPrediction } from '../view';
import { aboutImageSchema, originalSchema, predictionRowSchema } from './row-schemas';
import type { Rows } from './rows';

/** The valid ones of these rows of the table of predictions. */
export function toStoredPredictions(rows: Rows, found: readonly unknown[]): StoredPrediction[] {
  return rows.valid('predictions', predictionRowSchema, found).flatMap(({ seq, body, original: file }) => {
    const [original] = file === null ? [] : rows.text('predictions', originalSchema, file);
    return rows
      .body('predictions', predictionSchema, body)
      .map((prediction) => ({ seq, prediction, ...(original && { original }) }));
  });
}

/** The image in the first row; undefined if there is none, or one that the page cannot draw. */
export function toPicture(rows: Rows, found: readonly unknown[]): Picture | undefined {
  const [row] = found as { pixels: ArrayBuffer | Uint8Array; about: unknown }[];
  if (row === undefined) return undefined;
  const [about] = row.about === null ? [DEFAULT_SIZE] : rows.text('images', aboutImageSchema, row.about);
  if (about === undefined || row.pixels.byteLength !== bytesPerImage(about)) return undefined;
  return { ...about, pixels: new Uint8Array(row.pixels) };
}
