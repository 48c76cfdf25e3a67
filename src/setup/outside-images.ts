import type { Config } from '../config/schema';
import type { OriginalStore } from '../core/event';
import { bytesPerImage, FASHION_MNIST, type ModelShape } from '../core/model-shape';
import type { ValueResolver } from '../core/resolver';
import { createOriginalStore } from '../references/original-store';
import { createReferences, type References } from '../references/references';
import { createRecordResolver } from '../schema-registry/create-resolver';

/** Fetching of images that messages refer to; null where none are read. Rejects with DEPENDENCY_MISSING. */
export async function openReferences({ references, inference }: Config): Promise<References | null> {
  return await createReferences({ config: references, maxBytes: inference.maxImageBytes });
}

/**
 * Opens records with a registered schema; null without a registry.
 *
 * @param shape of the model; undefined before it is loaded
 * @param signal ends all requests
 */
export function openRecords(
  config: Config,
  shape: () => ModelShape | undefined,
  signal: AbortSignal,
): ValueResolver | null {
  return createRecordResolver(config, () => bytesPerImage(shape() ?? FASHION_MNIST), signal);
}

/** The store of images behind events; null where they are not kept. Rejects with DEPENDENCY_MISSING. */
export async function openOriginals(
  { references: config, events }: Config,
  references: References | null | undefined,
): Promise<OriginalStore | null> {
  const place = events.keepOriginals;
  if (place === undefined) return null;
  return await createOriginalStore({ place, config, resolver: references?.resolver });
}
