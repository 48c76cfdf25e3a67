import { messageOf } from '../core/errors';
import type { PostponedValue, RefusedValue } from '../core/resolver';
import type { FieldMapping } from './field-mapping';
import type { Framed } from './frame';
import { invalid } from './invalid';
import { createRecordReader } from './create-record-reader';
import type { RecordReader } from './record-reader';
import { collectReferences } from './references';
import type { RegisteredSchema, RegistryAnswer, RegistryClient } from './registry-client';

/** Schemas that are kept; far more than the writers of one topic have. */
const MOST_SCHEMAS = 1_000;
/** A schema that the registry does not know is asked for again after this time, ms. */
const UNKNOWN_FOR_MS = 10_000;
/** A follower may learn of a schema a little later than its writer: time before the second question, ms. */
const SECOND_QUESTION_MS = 300;

/** How the records of a schema are read, or why they cannot be. */
export type KnownSchema = { readonly kind: 'reader'; readonly reader: RecordReader } | RefusedValue;

interface Cached {
  readonly known: KnownSchema;
  /** `performance.now()` after which it is asked for again. */
  readonly until: number;
}

/** The schemas of a registry by id, each asked for once, by one request at a time. */
export class SchemaCache {
  readonly #known = new Map<Framed['schema'], Cached>();
  readonly #asked = new Map<Framed['schema'], Promise<KnownSchema | PostponedValue>>();

  constructor(
    private readonly client: Pick<RegistryClient, 'schema' | 'version'>,
    private readonly mapping: FieldMapping,
    private readonly secondQuestionMs = SECOND_QUESTION_MS,
  ) {}

  /** At once where it is known. */
  find(schema: Framed['schema']): KnownSchema | Promise<KnownSchema | PostponedValue> {
    const cached = this.#known.get(schema);
    if (cached !== undefined && performance.now() < cached.until) return cached.known;
    const asked = this.#asked.get(schema) ?? this.#ask(schema);
    this.#asked.set(schema, asked);
    return asked;
  }

  async #ask(schema: Framed['schema']): Promise<KnownSchema | PostponedValue> {
    try {
      const answer = await this.#askTwice(schema);
      if (answer.kind === 'found') return await this.#read(schema, answer.value);
      if (answer.kind !== 'unknown') return toPostponed(answer);
      const message = `the schema registry has no schema ${schema}; register it, then redrive the message`;
      return this.#keep(schema, { kind: 'refused', code: 'SCHEMA_UNKNOWN', message }, UNKNOWN_FOR_MS);
    } finally {
      this.#asked.delete(schema);
    }
  }

  async #askTwice(schema: Framed['schema']): Promise<RegistryAnswer<RegisteredSchema>> {
    const answer = await this.client.schema(schema);
    if (answer.kind !== 'unknown') return answer;
    await new Promise((resolve) => setTimeout(resolve, this.secondQuestionMs));
    return await this.client.schema(schema);
  }

  async #read(schema: Framed['schema'], registered: RegisteredSchema): Promise<KnownSchema | PostponedValue> {
    const references = await collectReferences(this.client, registered.references);
    if (references.kind === 'unavailable') return toPostponed(references);
    if (references.kind !== 'found') return this.#keep(schema, unusable(schema, references.reason));
    try {
      const reader = await createRecordReader(registered, references.value, this.mapping);
      return this.#keep(schema, { kind: 'reader', reader });
    } catch (error) {
      return this.#keep(schema, unusable(schema, messageOf(error)));
    }
  }

  /** Schemas never change; the oldest one makes room. */
  #keep(schema: Framed['schema'], known: KnownSchema, forMs = Infinity): KnownSchema {
    this.#known.delete(schema);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= MOST_SCHEMAS) this.#known.delete(oldest);
    this.#known.set(schema, { known, until: performance.now() + forMs });
    return known;
  }
}

function unusable(schema: Framed['schema'], reason: string): RefusedValue {
  return invalid(`the schema ${schema} cannot be used: ${reason}`);
}

/** A rejection of a question about a schema is as unexpected as no answer. */
function toPostponed(answer: Exclude<RegistryAnswer<unknown>, { readonly kind: 'found' }>): PostponedValue {
  const { reason } = answer;
  return {
    kind: 'postponed',
    reason,
    retryAfterMs: answer.kind === 'unavailable' ? answer.retryAfterMs : undefined,
  };
}
