/** Left, top, width and height, in pixels. */
export type Box = readonly [left: number, top: number, width: number, height: number];

/** One object that a model found in an image. */
export interface FoundObject {
  readonly label: number;
  readonly className: string;
  /** 0–1, rounded to six digits. */
  readonly confidence: number;
  /** In the upright image as it was sent, rounded to tenths of a pixel. */
  readonly box: Box;
}

/** The image that boxes refer to. */
export interface ImageFrame {
  /** Of the upright image as it was sent. */
  readonly width: number;
  readonly height: number;
  /** The model's input in the same pixels: it exceeds the image where bars were added, and is smaller after a crop. */
  readonly view: Box;
}

/** The last class of a model that finds objects: of the images where it finds none. */
export const NOTHING = 'nothing';

/** Objects above a confidence, of one class or of all. */
export function countObjects(
  { objects = [] }: { readonly objects?: readonly FoundObject[] },
  label: number | undefined,
  minConfidence: number,
): number {
  let count = 0;
  for (const one of objects)
    if ((label === undefined || one.label === label) && one.confidence >= minConfidence) count++;
  return count;
}

/** For people: `2 person, 1 car`, the most frequent class first; `no objects` for none. */
export function objectsText(objects: readonly FoundObject[]): string {
  const counts = new Map<string, number>();
  for (const { className } of objects) counts.set(className, (counts.get(className) ?? 0) + 1);
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return sorted.map(([name, count]) => `${count} ${name}`).join(', ') || 'no objects';
}
