/** Where a record has the parts of an image: names of fields, the outermost first. Absent: looked for by name. */
export interface FieldMapping {
  readonly image?: readonly string[] | undefined;
  readonly id?: readonly string[] | undefined;
  readonly label?: readonly string[] | undefined;
}

/** The same for one schema; id and label are absent where it has none. */
export interface FieldPaths {
  /** Empty: the record itself is the image. */
  readonly image: readonly string[];
  readonly id?: readonly string[] | undefined;
  readonly label?: readonly string[] | undefined;
}

/** What a record has at these places. */
export interface RecordFields {
  readonly image: unknown;
  readonly id: unknown;
  readonly label: unknown;
}

/** A field at the top of a schema. */
export interface TopField {
  readonly name: string;
  readonly isBytes: boolean;
}

/** Names of the image in the records of other programs, the most telling first. */
const IMAGE_NAMES = ['image', 'data', 'payload'];
const MOST_NAMES = 12;

/**
 * The paths of a schema with these fields at the top. Throws Error where no field is mapped and none is likely.
 *
 * @param has whether there is such a field, at any depth; a mapped path that does not exist is an error
 */
export function pathsFor(
  mapping: FieldMapping,
  fields: readonly TopField[],
  has: (path: readonly string[]) => boolean,
): FieldPaths {
  for (const path of [mapping.image, mapping.id, mapping.label]) {
    if (path !== undefined && !has(path))
      throw new Error(`the schema has no field ${path.join('.')}; it has ${namesOf(fields)}`);
  }
  const own = (name: string) => (fields.some((field) => field.name === name) ? [name] : undefined);
  return {
    image: mapping.image ?? likelyImage(fields),
    id: mapping.id ?? own('id'),
    label: mapping.label ?? own('label'),
  };
}

function likelyImage(fields: readonly TopField[]): readonly string[] {
  const bytes = fields.filter(({ isBytes }) => isBytes);
  const named = (among: readonly TopField[]) =>
    IMAGE_NAMES.find((name) => among.some((one) => one.name === name));
  const found = named(bytes) ?? (bytes.length === 1 ? bytes[0]?.name : named(fields));
  if (found !== undefined) return [found];
  throw new Error(
    `no field is named image, data or payload, and ${bytes.length === 0 ? 'none has' : 'several have'} bytes; ` +
      `set input.schema.image to one of ${namesOf(fields)}`,
  );
}

function namesOf(fields: readonly TopField[]): string {
  const names = fields.slice(0, MOST_NAMES).map(({ name }) => name.slice(0, 40));
  const more = fields.length > names.length ? ', …' : '';
  return names.length === 0 ? 'no fields' : names.join(', ') + more;
}
