/** The classes of Fashion-MNIST; the position is the label. */
export const CLASS_NAMES = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;

export const CLASS_COUNT = CLASS_NAMES.length;

/** Parses a true class from a header or a JSON field: 0–9 as number or text, or a class name; undefined for anything else. */
export function parseLabel(value: unknown): number | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 0 && value < CLASS_COUNT ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d$/.test(text)) return Number(text);
  const index = CLASS_NAMES.findIndex((name) => name.toLowerCase() === text.toLowerCase());
  return index < 0 ? undefined : index;
}
