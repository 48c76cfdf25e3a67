import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export type SchemaName = 'prediction' | 'event' | 'alert' | 'label';

export interface PublishedSchema {
  readonly $defs?: { readonly prediction?: unknown; readonly predictionV2?: unknown };
}

export function readSchema(name: SchemaName, version = 1): PublishedSchema {
  const file = join(__dirname, `../../schema/${name}.v${version}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as PublishedSchema;
}

/** Reading and compiling a schema takes as long as hundreds of validations. */
const compiled = new Map<string, z.ZodType>();

function compiledSchema(name: SchemaName, version: number): z.ZodType {
  const key = `${name} ${version}`;
  const schema =
    compiled.get(key) ??
    z.fromJSONSchema(readSchema(name, version) as Parameters<typeof z.fromJSONSchema>[0]);
  compiled.set(key, schema);
  return schema;
}

/** The validation errors of a value against a published JSON Schema; undefined if valid. */
export function mistakesIn(name: SchemaName, value: unknown, version = 1): string | undefined {
  const { error } = compiledSchema(name, version).safeParse(value);
  return error && z.prettifyError(error);
}
