// Reads JSON Schemas for the reference pages: the type of a value, the fields of an object.

/** A longer list has a page of its own, as the error codes have. */
const MOST_WORDS = 20;

/** A reader of the schemas in one document. `linkOf(name)` is the link to an object that the page shows once. */
export function createReader(root, linkOf = () => undefined) {
  return { typeOf, fieldsOf, descriptionOf, resolve, namedBy };

  /** In words: `integer, 1 to 256`, `all, wrong, none`, `list of string`. */
  function typeOf(schema) {
    const name = namedBy(schema);
    if (name !== undefined) return linkOf(name);
    const found = resolve(schema);
    if (found.title === 'duration') return 'duration';
    if ('const' in found) return wordOf(found.const);
    if (found.enum)
      return found.enum.length > MOST_WORDS
        ? `string, one of ${found.enum.length}`
        : found.enum.map(wordOf).join(', ');
    const choices = found.anyOf ?? found.oneOf;
    if (choices) return [...new Set(choices.map(typeOf))].join(' or ');
    const items = found.prefixItems?.[0] ?? found.items;
    if (found.type === 'array') return `list of ${isSchema(items) ? typeOf(items) : 'anything'}`;
    if (found.type === 'object' && isSchema(found.additionalProperties))
      return `map of ${typeOf(found.additionalProperties)}`;
    const type = Array.isArray(found.type) ? found.type.join(' or ') : (found.type ?? 'anything');
    return [type, found.format === 'date-time' && 'RFC 3339', rangeOf(found)].filter(Boolean).join(', ');
  }

  /** Every field below a schema, but not those of objects with a link: dotted path, schema, whether it is required. */
  function fieldsOf(schema, path = []) {
    const found = resolve(schema);
    return Object.entries(found.properties ?? {}).flatMap(([name, field]) => {
      const items = resolve(field).type === 'array' ? (resolve(field).items ?? {}) : field;
      const isList =
        items !== field && resolve(items).properties !== undefined && namedBy(items) === undefined;
      const at = [...path, isList ? `${name}[]` : name];
      const required = found.required?.includes(name) ?? false;
      const own = { path: at.join('.'), schema: field, required };
      return [own, ...(namedBy(items) === undefined ? fieldsOf(items, at) : [])];
    });
  }

  function descriptionOf(schema) {
    return schema.description ?? resolve(schema).description ?? '';
  }

  /** Follows `#/$defs/…` and `#/components/schemas/…`. */
  function resolve(schema) {
    if (schema.$ref === undefined) return schema;
    const keys = schema.$ref.replace(/^#\//, '').split('/');
    const found = keys.reduce((node, key) => node?.[key], root);
    if (found === undefined) throw new Error(`${schema.$ref} leads nowhere`);
    return resolve(found);
  }

  function namedBy({ $ref }) {
    const name = $ref?.split('/').at(-1);
    return name !== undefined && linkOf(name) !== undefined ? name : undefined;
  }
}

function wordOf(value) {
  return value === '' ? '(empty)' : `\`${value}\``;
}

function rangeOf({ minimum, maximum, exclusiveMinimum, minLength, type }) {
  if (type === 'string') return minLength > 1 ? `at least ${minLength} characters` : '';
  // Zod bounds every integer by what a double can hold, which is not a limit worth a word.
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  if (exclusiveMinimum !== undefined && type === 'integer') return between(exclusiveMinimum + 1, most);
  if (exclusiveMinimum !== undefined)
    return most === undefined ? `above ${exclusiveMinimum}` : `above ${exclusiveMinimum}, at most ${most}`;
  return between(least, most);
}

function between(least, most) {
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  if (least !== undefined) return `at least ${least}`;
  return most === undefined ? '' : `at most ${most}`;
}

function isSchema(value) {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
