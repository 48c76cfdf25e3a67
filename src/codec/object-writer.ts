import type { Box, ImageFrame } from '../core/found-objects';
import type { ModelDescription } from '../core/model-description';
import type { ModelIdentity } from '../core/prediction';

/** The objects of one image. */
export interface FoundInImage {
  /** Best first. */
  readonly objects: readonly { readonly label: number; readonly confidence: number; readonly box: Box }[];
  readonly frame: ImageFrame;
}

/** By image of a batch. */
interface FoundObjects {
  readonly found?: ReadonlyMap<number, FoundInImage> | undefined;
}

/** A number with at most one decimal, up to the largest image. */
const NUMBER_BYTES = 8;
/** Names, brackets, label, confidence and four numbers of one object. */
const OBJECT_BYTES = 70 + 10 + 4 * NUMBER_BYTES;
/** Label, confidence, frame and truth, with their names. */
const FIXED_BYTES = 300;

/**
 * Writes the objects of one image, from the label to `"source":`. The label is the one of the best object; of an image
 * without objects it is the last one, with a confidence of 1.
 */
export class ObjectWriter {
  label = 0;
  /** Confidence of the label, in millionths. */
  largest = 0;
  /** Upper bound for one image. */
  readonly mostBytes: number;
  readonly #labels: readonly string[];
  readonly #model: string;

  constructor(model: ModelIdentity, { shape, output }: Pick<ModelDescription, 'shape' | 'output'>) {
    this.#labels = shape.labels;
    this.#model = `,"model":${JSON.stringify(model)},"source":`;
    const name = Math.max(...shape.labels.map((label) => Buffer.byteLength(JSON.stringify(label))));
    const objects = (output.objects?.max ?? 0) * (OBJECT_BYTES + name);
    this.mostBytes = FIXED_BYTES + name + objects + Buffer.byteLength(this.#model);
  }

  /** @param truth −1 where it is unknown */
  put(to: Buffer, start: number, { found }: FoundObjects, image: number, truth: number): number {
    const { objects, frame } = found?.get(image) ?? NOTHING_FOUND;
    const [best] = objects;
    this.label = best?.label ?? this.#labels.length - 1;
    this.largest = Math.round((best?.confidence ?? 1) * 1e6);
    const json = JSON.stringify({
      ...this.#classOf(this.label),
      confidence: this.largest / 1e6,
      objects: objects.map(({ label, confidence, box }) => ({ ...this.#classOf(label), confidence, box })),
      frame,
      ...(truth >= 0 && { truth, correct: truth === this.label }),
    });
    // The braces belong to the whole prediction.
    return start + to.write(`,${json.slice(1, -1)}${this.#model}`, start);
  }

  #classOf(label: number): { label: number; className: string } {
    return { label, className: this.#labels[label]! };
  }
}

const NOTHING_FOUND: FoundInImage = { objects: [], frame: { width: 0, height: 0, view: [0, 0, 0, 0] } };
