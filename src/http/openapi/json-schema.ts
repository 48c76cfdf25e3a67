import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Schemas listed once in the document, under their names. */
const components = new Map<object, string>();
/** JSON Schemas of values that zod cannot derive. */
const wires = new WeakMap<object, JsonSchema>();

/** Registers a schema under a name in `components`; returns the schema. */
export function component<T extends z.ZodType>(name: string, schema: T): T {
  components.set(schema, name);
  return schema;
}

/** Sets the JSON Schema of a `refine` or `transform`, which zod cannot derive; returns the schema. */
export function onTheWire<T extends z.ZodType>(schema: T, json: JsonSchema): T {
  wires.set(schema, json);
  return schema;
}

/** The JSON Schema on the wire, that is before the transformations of a request schema. */
export function toJsonSchema(root: z.ZodType): JsonSchema {
  const name = components.get(root);
  return name === undefined ? convert(root) : refTo(name);
}

/** All registered schemas, by name. */
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
      // zod omits the default before a transformation, but it is a valid input.
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
