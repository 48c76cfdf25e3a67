import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Schemas that the document has once, under their names. */
const components = new Map<object, string>();
/** How values of a schema look on the wire, where its own parts do not tell. */
const wires = new WeakMap<object, JsonSchema>();

/** Gives a schema a name in the document's `components`; returns it. */
export function component<T extends z.ZodType>(name: string, schema: T): T {
  components.set(schema, name);
  return schema;
}

/**
 * Says how a schema looks on the wire when its own parts do not show it: those of a number that comes as text, of a
 * `refine` or of a `transform`. Returns the schema.
 */
export function onTheWire<T extends z.ZodType>(schema: T, json: JsonSchema): T {
  wires.set(schema, json);
  return schema;
}

/** The JSON Schema of what goes over the wire: before the transformations of a request's schema. */
export function toJsonSchema(root: z.ZodType): JsonSchema {
  const name = components.get(root);
  return name === undefined ? convert(root) : refTo(name);
}

/** All that was named so far, by name. */
export function componentSchemas(): Record<string, JsonSchema> {
  return Object.fromEntries([...components].map(([schema, name]) => [name, convert(schema as z.ZodType)]));
}

function convert(root: z.ZodType): JsonSchema {
  const { $schema: _same, ...schema } = z.toJSONSchema(root, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const schema: object = zodSchema;
      const name = components.get(schema);
      const wire = name !== undefined && schema !== root ? refTo(name) : wires.get(schema);
      // Left out by zod where a transformation follows; what is read of a query is still the same.
      if (zodSchema._zod.def.type === 'default') jsonSchema.default = zodSchema._zod.def.defaultValue;
      if (wire !== undefined) replace(jsonSchema, wire);
    },
  });
  return schema;
}

function replace(target: Record<string, unknown>, by: JsonSchema): void {
  for (const key of Object.keys(target)) delete target[key];
  Object.assign(target, by);
}

function refTo(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}
