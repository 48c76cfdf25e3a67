import type { ProcessContext } from '../composition/context';
import type { ValueResolver } from '../core/resolver';
import { createReferences } from '../references/references';

/** The resolvers of the configuration, in the order in which values pass them. Rejects with DEPENDENCY_MISSING. */
export async function createResolvers({
  config,
  version,
  releasers,
}: Pick<ProcessContext, 'config' | 'version' | 'releasers'>): Promise<readonly ValueResolver[]> {
  const references = await createReferences({
    config: config.references,
    maxBytes: config.inference.maxImageBytes,
    version,
  });
  if (references === null) return [];
  releasers.add('references', () => references.close());
  return [references.resolver];
}
