import type { StoredLabel } from '../core/label';
import { toCell, toLine, type Value } from './csv';

const COLUMNS: readonly (readonly [name: string, value: (label: StoredLabel) => Value])[] = [
  ['seq', ({ seq }) => seq],
  ['id', ({ id }) => id],
  ['label', ({ label }) => label],
  ['className', ({ className }) => className],
  ['predictedLabel', ({ predicted }) => predicted.label],
  ['predictedClass', ({ predicted }) => predicted.className],
  ['confidence', ({ predicted }) => predicted.confidence],
  ['model', ({ predicted: { model } }) => `${model.name}@${model.version}`],
  ['topic', ({ source }) => source.topic],
  ['partition', ({ source }) => source.partition],
  ['offset', ({ source }) => source.offset],
  ['key', ({ source }) => source.key],
  ['by', ({ by }) => by],
  ['at', ({ at }) => at],
  ['width', ({ image }) => image.width],
  ['height', ({ image }) => image.height],
  ['channels', ({ image }) => image.channels],
  ['pixels', ({ image }) => image.pixels],
];

/** Labels with their images in base64, as in RFC 4180. */
export const LABEL_CSV = {
  header: toLine(COLUMNS.map(([name]) => name)),
  line: (label: StoredLabel): string => toLine(COLUMNS.map(([, value]) => toCell(value(label)))),
};
