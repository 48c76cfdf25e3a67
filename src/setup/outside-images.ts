import type { Config } from '../config/schema';
import type { OriginalStore } from '../core/event';
import { createOriginalStore } from '../references/original-store';
import { createReferences, type References } from '../references/references';

/** Fetching of images that messages refer to; null where none are read. Rejects with DEPENDENCY_MISSING. */
export async function openReferences({ references, inference }: Config): Promise<References | null> {
  return await createReferences({ config: references, maxBytes: inference.maxImageBytes });
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
