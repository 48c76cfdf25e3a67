import type { ModelDescription } from '../../core/model-description';
import type { ModelIdentity } from '../../core/prediction';
import { StreamInferError } from '../../core/errors';
import { MAX_BODY_BYTES } from '../body-limit';
import { notFound } from '../problems';
import { requireDescription, requireModel } from '../require-models';
import type { HttpServices } from '../services';
import { inputOf, type ModelInput } from './model-input';

/** Name of the only input, in both protocols. */
export const INPUT = 'image';
/** JSON is parsed on the main thread and must not block it; 128 images of 28 × 28 as FP32 text have about 2.2 MB. */
const MAX_JSON_BYTES = 4 * 1024 * 1024;
/** Longest usual text of a number, with its comma. */
const NUMBER_BYTES = 24;
/** The answer is written on the main thread, too. */
const MOST_SCORES = 1_000_000;
const MOST_IMAGES = 65_536;

/** A model in a request: what its tensors are, and how much of them is taken at once. */
export interface RequestedModel {
  readonly model: ModelIdentity;
  readonly description: ModelDescription;
  readonly input: ModelInput;
  /** Largest JSON: at least one image as text. */
  readonly maxJsonBytes: number;
}

/** The model named in a path. Throws as `requireModel` does, and NOT_FOUND for another name or version. */
export function modelOf(services: HttpServices, name: string, version?: string): RequestedModel {
  const model = requireModel(services);
  if (name !== model.name)
    throw notFound(`Model ${JSON.stringify(name)} does not exist; ${existing(services.served, model.name)}.`);
  if (version !== undefined && version !== String(model.version)) {
    throw notFound(
      `Version ${JSON.stringify(version)} of ${name} is not active; version ${model.version} is.`,
    );
  }
  const description = requireDescription(services);
  const input = inputOf(description);
  const maxJsonBytes = Math.min(MAX_BODY_BYTES, Math.max(MAX_JSON_BYTES, input.size * NUMBER_BYTES));
  return { model, description, input, maxJsonBytes };
}

function existing(served: readonly string[] | undefined, active: string): string {
  return served === undefined ? `the active model is ${active}` : `the models are ${served.join(', ')}`;
}

/** Throws TOO_LARGE_BYTES for images whose answer would block the main thread. */
export function assertAnswerable(images: number, { description }: RequestedModel): void {
  const classes = description.shape.labels.length;
  const most = Math.min(MOST_IMAGES, Math.floor(MOST_SCORES / classes));
  if (images <= most) return;
  throw new StreamInferError(
    'TOO_LARGE_BYTES',
    `the request has ${images} images; at most ${most} are allowed for ${classes} classes; send several requests`,
  );
}

/** Shapes of n images in an error or a description: `[n,28,28,1] or [n,784]`. */
export function listShapes(shapes: readonly (readonly number[])[], batch = true): string {
  return shapes.map((one) => `[${batch ? 'n,' : ''}${one.join()}]`).join(' or ');
}
