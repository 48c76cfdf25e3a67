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

/**
 * Parses a true class from a header or a JSON field: its number (also as text), or a class name; undefined for anything else.
 * A text that is a class name and the number of another class means the name.
 */
export function parseLabel(value: unknown, labels: readonly string[] = CLASS_NAMES): number | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 0 && value < labels.length ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const exact = labels.indexOf(text);
  if (exact >= 0) return exact;
  if (/^\d{1,6}$/.test(text) && Number(text) < labels.length) return Number(text);
  const index = labels.findIndex((name) => name.toLowerCase() === text.toLowerCase());
  return index < 0 ? undefined : index;
}
