import type { RegistryAnswer, RegistryClient, SchemaReference } from './registry-client';

const MOST_REFERENCES = 100;
const MOST_LEVELS = 16;

/** The texts of all schemas that one needs, by name, the innermost first. */
export async function collectReferences(
  client: Pick<RegistryClient, 'version'>,
  references: readonly SchemaReference[],
): Promise<RegistryAnswer<ReadonlyMap<string, string>>> {
  const found = new Map<string, string>();
  const problem = await collect(client, references, found, 1);
  return problem ?? { kind: 'found', value: found };
}

type Problem = Exclude<RegistryAnswer<unknown>, { readonly kind: 'found' }>;

async function collect(
  client: Pick<RegistryClient, 'version'>,
  references: readonly SchemaReference[],
  found: Map<string, string>,
  level: number,
): Promise<Problem | undefined> {
  for (const reference of references) {
    if (found.has(reference.name)) continue;
    if (level > MOST_LEVELS || found.size >= MOST_REFERENCES)
      return { kind: 'rejected', reason: 'it refers to too many other schemas' };
    const answer = await client.version(reference);
    if (answer.kind !== 'found') return answer;
    const inner = await collect(client, answer.value.references, found, level + 1);
    if (inner !== undefined) return inner;
    found.set(reference.name, answer.value.text);
  }
  return undefined;
}
