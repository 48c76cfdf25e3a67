import type { ProcessContext } from '../composition/context';
import type { OriginalStore } from '../core/event';
import type { ValueResolver } from '../core/resolver';
import { openOriginals, openReferences } from '../setup/outside-images';

/** What the configuration does with images outside of messages. */
export interface OutsideImages {
  /** In the order in which values pass them. */
  readonly resolvers: readonly ValueResolver[];
  /** null where the images behind events are not kept. */
  readonly originals: OriginalStore | null;
}

/** Rejects with DEPENDENCY_MISSING. */
export async function acquireOutsideImages({
  config,
  releasers,
}: Pick<ProcessContext, 'config' | 'releasers'>): Promise<OutsideImages> {
  const references = await openReferences(config);
  releasers.add('references', () => references?.close());
  const originals = await openOriginals(config, references);
  releasers.add('originals', () => originals?.close());
  return { resolvers: references === null ? [] : [references.resolver], originals };
}
