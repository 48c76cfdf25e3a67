import { readAvro, type Wanted } from './avro-reader';
import { parseAvroSchema, type AvroType } from './avro-schema';
import { pathsFor, type FieldMapping, type FieldPaths, type RecordFields } from './field-mapping';
import type { RecordReader } from './record-reader';

/** Throws Error for an invalid schema, and for one without an image. */
export function createAvroReader(
  text: string,
  references: readonly string[],
  mapping: FieldMapping,
): RecordReader {
  const type = parseAvroSchema(text, references);
  const paths = pathsIn(type, mapping);
  const wanted = wantedOf(paths);
  return {
    read({ rest, record = rest }): RecordFields {
      const value = readAvro(record, type, wanted);
      const at = (path: readonly string[] | undefined) => path && valueAt(value, path);
      return { image: at(paths.image), id: at(paths.id), label: at(paths.label) };
    },
  };
}

function pathsIn(type: AvroType, mapping: FieldMapping): FieldPaths {
  // A schema of bytes alone has no fields.
  if (isBytes(type) && mapping.image === undefined) return { image: [] };
  const fields = recordsOf(type).flatMap((record) => record.fields);
  const top = fields.map((field) => ({ name: field.name, isBytes: isBytes(field.type) }));
  return pathsFor(mapping, top, (path) => hasPath(type, path));
}

function hasPath(type: AvroType, [name, ...others]: readonly string[]): boolean {
  if (name === undefined) return true;
  if (mapsOf(type).some(({ items }) => hasPath(items, others))) return true;
  return recordsOf(type).some((record) =>
    record.fields.some((field) => field.name === name && hasPath(field.type, others)),
  );
}

/** Optional fields are unions with null. */
function branchesOf(type: AvroType): readonly AvroType[] {
  return type.kind === 'union' ? type.branches : [type];
}

function recordsOf(type: AvroType) {
  return branchesOf(type).filter((one) => one.kind === 'record');
}

function mapsOf(type: AvroType) {
  return branchesOf(type).filter(
    (one): one is Extract<AvroType, { kind: 'array' | 'map' }> => one.kind === 'map',
  );
}

function isBytes(type: AvroType): boolean {
  const kinds = branchesOf(type).filter(({ kind }) => kind !== 'null');
  return kinds.length > 0 && kinds.every(({ kind }) => kind === 'bytes' || kind === 'fixed');
}

type Tree = Map<string, Wanted>;

function wantedOf({ image, id, label }: FieldPaths): Wanted {
  if (image.length === 0) return true;
  const root: Tree = new Map();
  for (const path of [image, id, label]) if (path !== undefined) addPath(root, path);
  return root;
}

function addPath(tree: Tree, [name, ...others]: readonly string[]): void {
  if (name === undefined) return;
  const known = tree.get(name);
  if (others.length === 0 || known === true) return void tree.set(name, true);
  const inner = (known as Tree | undefined) ?? new Map<string, Wanted>();
  tree.set(name, inner);
  addPath(inner, others);
}

/** undefined where a part of the path is null. */
function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}
