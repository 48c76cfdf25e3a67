import { parseLabel } from '../core/labels';
import { FASHION_MNIST, bytesPerImage, type ModelShape } from '../core/model-shape';
import { bad, fromBase64, kindOf } from './envelope-values';
import { openEnvelope, type Field } from './open-envelope';

/** Content of an envelope: the bytes of an image (raw pixels, PNG, JPEG or WebP), and its description. */
export interface Envelope {
  readonly image: Uint8Array;
  readonly id?: string;
  readonly label?: number;
}

/**
 * Opens a JSON envelope: `{"image": base64 | data: URL | number[784] | number[28][28], "id"?, "label"?}`, or a
 * CloudEvent in structured mode (anything with `specversion`) whose `data` is such an object or image, or whose
 * `data_base64` is the image. Pixels are integers from 0 to 255, row-major; in rows, a pixel of colour is
 * `[red, green, blue]`. Throws Refused with BAD_ENVELOPE, naming the field.
 */
export function decodeEnvelope(bytes: Uint8Array, shape: ModelShape = FASHION_MNIST): Envelope {
  const { image, id, label } = openEnvelope(bytes, bytesPerImage(shape));
  return {
    image: toImage(image, shape),
    ...(id && { id: toId(id) }),
    ...(label && { label: toLabel(label, shape.labels) }),
  };
}

/** Enough for an image of any model. */
const MOST_NUMBERS = 1 << 24;

/** The id in an envelope for a model of any size and with any classes. Throws as `decodeEnvelope`. */
export function decodeEnvelopeId(bytes: Uint8Array): string | undefined {
  const { id } = openEnvelope(bytes, MOST_NUMBERS);
  return id && toId(id);
}

/**
 * JSON may contain half a surrogate pair ("\ud800"), which UTF-8 and URLs cannot represent: as with invalid UTF-8,
 * U+FFFD replaces it.
 */
function toId({ value, name }: Field): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'string' && value.length > 0 && value.length <= 1024)
    return value.replace(/\p{Surrogate}/gu, '\ufffd');
  throw bad(`The field "${name}" is ${kindOf(value)}; expected 1 to 1024 characters or an integer.`);
}

function toLabel({ value, name }: Field, labels: readonly string[]): number {
  const label = parseLabel(value, labels);
  if (label === undefined)
    throw bad(`The field "${name}" is ${kindOf(value)}; expected 0–${labels.length - 1} or a class name.`);
  return label;
}

function toImage({ value, name }: Field, shape: ModelShape): Uint8Array {
  if (typeof value === 'string') return fromBase64(value, name);
  if (Array.isArray(value)) return fromNumbers(value as readonly unknown[], name, shape);
  throw bad(
    `The field "${name}" is ${kindOf(value)}; expected base64 text, ${bytesPerImage(shape)} numbers or ${rowsOf(shape)}.`,
  );
}

function fromNumbers(values: readonly unknown[], field: string, shape: ModelShape): Uint8Array {
  const { height, width, channels } = shape;
  const count = bytesPerImage(shape);
  if (values.length === count) return toPixels(values, field);
  if (values.length !== height) {
    throw bad(`The field "${field}" has ${values.length} entries; expected ${count}, or ${rowsOf(shape)}.`);
  }
  const pixels = new Uint8Array(count);
  for (const [y, row] of values.entries())
    pixels.set(fromRow(row, `${field}[${y}]`, shape), y * width * channels);
  return pixels;
}

function rowsOf({ height, width, channels }: ModelShape): string {
  return `${height} rows of ${width}${channels === 1 ? '' : ' [red, green, blue]'}`;
}

function fromRow(row: unknown, field: string, { width, channels }: ModelShape): Uint8Array {
  if (channels === 1) return toPixels(listOf(row, width, 'numbers', field), field);
  const pixels = new Uint8Array(width * channels);
  for (const [x, colours] of listOf(row, width, 'pixels [red, green, blue]', field).entries()) {
    const at = `${field}[${x}]`;
    pixels.set(toPixels(listOf(colours, channels, 'numbers', at), at), x * channels);
  }
  return pixels;
}

function listOf(value: unknown, length: number, of: string, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw bad(`The field "${field}" is ${kindOf(value)}; expected ${length} ${of}.`);
  if (value.length === length) return value;
  throw bad(`The field "${field}" has ${value.length} entries; expected ${length}.`);
}

function toPixels(values: readonly unknown[], field: string): Uint8Array {
  return Uint8Array.from(values, (value, i) => toPixel(value, `${field}[${i}]`));
}

function toPixel(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255) return value;
  const hint = typeof value === 'number' && value > 0 && value < 1 ? ' (multiply by 255)' : '';
  throw bad(`The field "${field}" is ${kindOf(value)}; expected an integer from 0 to 255${hint}.`);
}
