import { checkedParse } from './checked-parse';
import { pathsFor, type FieldMapping, type FieldPaths, type RecordFields } from './field-mapping';
import type { RecordReader } from './record-reader';

type Json = Readonly<Record<string, unknown>>;

/**
 * For JSON the schema is not needed to read a record: the mapping is applied to the record itself. Where that is an
 * envelope as without a registry, the workers open it.
 */
export function createJsonReader(mapping: FieldMapping): RecordReader {
  const isUsual = mapping.image === undefined && mapping.id === undefined && mapping.label === undefined;
  return {
    envelopeIn({ rest, record = rest }) {
      return isUsual && record.includes('"image"') ? record : undefined;
    },
    read({ rest, record = rest }): RecordFields {
      const value = checkedParse(record);
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new Error('the record is not a JSON object');
      const paths = pathsIn(value as Json, mapping);
      const at = (path: readonly string[] | undefined) => path && valueAt(value, path);
      return { image: at(paths.image), id: at(paths.id), label: at(paths.label) };
    },
  };
}

function pathsIn(record: Json, mapping: FieldMapping): FieldPaths {
  const fields = Object.keys(record).map((name) => ({ name, isBytes: false }));
  // A field that is optional in the schema may be absent in a record.
  return pathsFor(mapping, fields, (path) => path !== mapping.image || valueAt(record, path) !== undefined);
}

/** Own members only: `__proto__` in a mapping or a record has no effect. */
function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Json)[name];
  }
  return found;
}
