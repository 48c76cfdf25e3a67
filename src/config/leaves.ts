import { z } from 'zod';
import { configSchema } from './schema';

/** One setting: its path in the configuration and what its text form is turned into. */
export interface Leaf {
  readonly path: readonly string[];
  /** `list` is one of texts, `rules` a list of maps: JSON as text. */
  readonly kind: 'text' | 'number' | 'boolean' | 'list' | 'map' | 'rules';
  readonly description?: string;
  /** Of a number, for people. */
  readonly unit?: 'duration' | 'bytes';
}

/** Every setting of the schema, found by walking it, so that no list has to be kept by hand. */
export const LEAVES: readonly Leaf[] = leavesOf(configSchema, []);

function leavesOf(schema: z.core.$ZodType, path: readonly string[]): Leaf[] {
  const inner = unwrap(schema);
  const { def } = inner._zod;
  if (def.type === 'object') {
    return Object.entries((def as z.core.$ZodObjectDef).shape).flatMap(([key, child]) =>
      leavesOf(child, [...path, key]),
    );
  }
  const unit = unitOf(schema, path);
  const description = descriptionOf(schema);
  return [{ path, kind: kindOf(inner), ...(unit && { unit }), ...(description && { description }) }];
}

/** Of the schema, or of the one that it wraps. */
function descriptionOf(schema: z.core.$ZodType): string | undefined {
  const { description } = z.globalRegistry.get(schema) ?? {};
  const { def } = schema._zod;
  if (description !== undefined || !('innerType' in def)) return description;
  return descriptionOf(def.innerType as z.core.$ZodType);
}

function unitOf(schema: z.core.$ZodType, path: readonly string[]): Leaf['unit'] {
  if (path.at(-1)?.endsWith('Bytes') === true) return 'bytes';
  const { title } = z.globalRegistry.get(unwrap(schema)) ?? {};
  return title === 'duration' ? 'duration' : undefined;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = schema._zod;
  if ('innerType' in def) return unwrap(def.innerType as z.core.$ZodType);
  if (def.type === 'pipe') return unwrap((def as z.core.$ZodPipeDef).in);
  return schema;
}

function kindOf(schema: z.core.$ZodType): Leaf['kind'] {
  switch (schema._zod.def.type) {
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array':
      return unwrap((schema._zod.def as z.core.$ZodArrayDef).element)._zod.def.type === 'string'
        ? 'list'
        : 'rules';
    case 'record':
      return 'map';
    default:
      return 'text';
  }
}
