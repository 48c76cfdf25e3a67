import type { Field, Namespace, Root, Type } from 'protobufjs';
import type { CompiledFile, ProtobufLibrary } from './protobuf-library';

/** A file with its imports. */
export interface ProtobufSchema {
  /** @param indexes of a message among those of its file, then among those of that message, and so on */
  messageAt(indexes: readonly number[]): Type;
}

/**
 * @param text the file, or its compiled descriptor in base64, as some clients register it
 * @param references likewise, by the name under which they are imported
 *
 * Throws Error for a file that cannot be parsed, or that misses an import.
 */
export function parseProtobufSchema(
  library: ProtobufLibrary,
  text: string,
  references: ReadonlyMap<string, string>,
): ProtobufSchema {
  const file = readFile(library, text);
  const root = new library.Root();
  for (const reference of references.values()) include(library, readFile(library, reference), root);
  include(library, file, root);
  root.resolveAll();
  // Alone: the indexes count the messages of this file, not those of its imports.
  const own = file.packageName === '' ? file.root : (file.root.lookup(file.packageName) as Namespace | null);
  return { messageAt: (indexes) => root.lookupType(nameAt(own, indexes)) };
}

interface File {
  readonly root: Root;
  readonly packageName: string;
  readonly imports: readonly string[];
}

function readFile({ parse, Root, descriptor }: ProtobufLibrary, text: string): File {
  const isCompiled = /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text);
  if (!isCompiled) {
    const parsed = parse(text, new Root(), { keepCase: true });
    return { root: parsed.root, packageName: parsed.package ?? '', imports: parsed.imports ?? [] };
  }
  const file = descriptor.FileDescriptorProto.decode(Buffer.from(text, 'base64')) as CompiledFile;
  const root = Root.fromDescriptor({ file: [file] });
  return { root, packageName: file.package ?? '', imports: file.dependency ?? [] };
}

/** Well-known files are part of the library. */
function include({ common }: ProtobufLibrary, { root: own, imports }: File, root: Root): void {
  for (const name of imports) root.addJSON(common.get(name)?.nested ?? {});
  root.addJSON(own.toJSON().nested ?? {});
}

function nameAt(file: Namespace | null, indexes: readonly number[]): string {
  let found = file;
  for (const index of indexes) found = found?.nestedArray.filter(isType)[index] ?? null;
  if (found !== null) return found.fullName;
  throw new Error(`the schema has no message type ${indexes.join('.')}`);
}

/** Not an enum, a service or a package. */
function isType(object: object): object is Type {
  return 'fieldsArray' in object && 'oneofsArray' in object;
}

export function isBytes({ type, repeated, map }: Field): boolean {
  return type === 'bytes' && !repeated && !map;
}

/** The message type of a field; undefined for any other field. */
export function messageOf({ resolvedType }: Field): Type | undefined {
  return resolvedType !== null && isType(resolvedType) ? resolvedType : undefined;
}

export function isEnum({ resolvedType }: Field): boolean {
  return resolvedType !== null && 'valuesById' in resolvedType;
}

/** The name of a value of an enum; undefined for an unknown value, and for any other field. */
export function enumName({ resolvedType }: Field, value: number): string | undefined {
  return resolvedType !== null && 'valuesById' in resolvedType ? resolvedType.valuesById[value] : undefined;
}
