import { labelSchema } from '../codec/label-schema';
import { checkedJson } from '../codec/checked';
import { StreamInferError } from '../core/errors';
import { IMAGE_PIXELS, IMAGE_SIDE } from '../core/image';
import type { ImageLabel } from '../core/label';
import { CLASS_COUNT } from '../core/labels';
import type { LabelledImages } from './batches';

/** 100,000 labels of small images need about 200 MB. */
export const MOST_LABEL_BYTES = 256 * 1024 * 1024;

/**
 * Labelled images from NDJSON: the export of a process, or messages of the topic of labels, oldest or newest first. Of
 * several labels with one id the latest counts. Throws USAGE for a line that is not a label or has another image size.
 */
export function readLabels(text: string, place: string): LabelledImages {
  const latest = new Map<string, ImageLabel>();
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const label = parse(line, `${place}, line ${at + 1}`);
    const known = latest.get(label.id);
    if (known === undefined || known.at <= label.at) latest.set(label.id, label);
  }
  return toImages([...latest.values()].filter((one): one is Given => one.label !== null));
}

type Given = ImageLabel & { readonly label: number };

function parse(line: string, place: string): ImageLabel {
  const found = checkedJson(labelSchema, line);
  if ('problem' in found)
    throw new StreamInferError(
      'USAGE',
      `${place} is not a label (${found.problem}); export labels with stream-infer labels export`,
    );
  const { image, label } = found.value;
  if (image.width !== IMAGE_SIDE || image.height !== IMAGE_SIDE || image.channels !== 1)
    throw new StreamInferError(
      'USAGE',
      `${place} has an image of ${image.width}×${image.height} pixels; only 28×28 in grey can be trained on`,
    );
  if (label !== null && label >= CLASS_COUNT)
    throw new StreamInferError('USAGE', `${place} has the class ${label}; Fashion-MNIST has ${CLASS_COUNT}`);
  return found.value;
}

/** In the order of their ids, so that the same labels give the same training. */
function toImages(labels: readonly Given[]): LabelledImages {
  const sorted = labels.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const pixels = new Uint8Array(sorted.length * IMAGE_PIXELS);
  for (const [i, { image }] of sorted.entries())
    pixels.set(Buffer.from(image.pixels, 'base64'), i * IMAGE_PIXELS);
  return { pixels, labels: Uint8Array.from(sorted, ({ label }) => label) };
}
