/** The value of a prediction: its JSON, or a structured CloudEvent with that as its data. */
export const OUTPUT_FORMATS = ['json', 'cloudevents'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Forms of a prediction with a schema in a Schema Registry. */
export const SCHEMA_FORMATS = ['avro', 'protobuf', 'json'] as const;
export type SchemaFormat = (typeof SCHEMA_FORMATS)[number];

/** Fields that a published prediction may lack; `probabilities` includes `top`. */
export const OPTIONAL_FIELDS = [
  'className',
  'probabilities',
  'objects',
  'frame',
  'truth',
  'correct',
  'model',
  'source',
  'timing',
  'predictedAt',
] as const;
export type OptionalField = (typeof OPTIONAL_FIELDS)[number];

/** Whether each of them is published. */
export type PublishedFields = Readonly<Record<OptionalField, boolean>>;

export const ALL_FIELDS = Object.fromEntries(OPTIONAL_FIELDS.map((name) => [name, true])) as PublishedFields;
