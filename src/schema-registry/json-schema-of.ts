import { OPTIONAL_FIELDS, type PublishedFields } from '../core/output-form';

interface JsonSchema {
  required: string[];
  oneOf?: unknown;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The JSON Schema of predictions, without the fields that are not published. */
export function jsonSchemaOf(text: string, fields: PublishedFields): string {
  const schema = JSON.parse(text) as JsonSchema;
  const omitted = new Set<string>(OPTIONAL_FIELDS.filter((name) => !fields[name]));
  if (omitted.size === 0) return text;
  if (omitted.has('probabilities')) omitted.add('top');
  schema.required = schema.required.filter((name) => !omitted.has(name));
  // It says which of the omitted fields there is.
  if (omitted.has('probabilities') || omitted.has('objects') || omitted.has('frame')) delete schema.oneOf;
  return JSON.stringify(schema, null, 2);
}
