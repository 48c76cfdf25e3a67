import type * as Library from 'protobufjs';

/** The descriptor of a file, compiled by another program. */
export interface CompiledFile {
  readonly package?: string;
  readonly dependency?: readonly string[];
}

/** The library with its extension for compiled descriptors, whose typings require another package. */
export type ProtobufLibrary = Omit<typeof Library, 'Root'> & {
  readonly Root: typeof Library.Root & {
    fromDescriptor(set: { readonly file: readonly CompiledFile[] }): Library.Root;
  };
  readonly descriptor: { readonly FileDescriptorProto: Library.Type };
};

/** Loads it on first use: only Protobuf needs it. */
export async function loadProtobuf(): Promise<ProtobufLibrary> {
  const { default: library } = (await import('protobufjs')) as unknown as { default: ProtobufLibrary };
  const extension = (await import('protobufjs/ext/descriptor/index.js')) as unknown as {
    default: ProtobufLibrary['descriptor'];
  };
  return { ...library, descriptor: extension.default };
}
