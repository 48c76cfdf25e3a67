import { createAvroReader } from './avro-record';
import type { FieldMapping } from './field-mapping';
import { createJsonReader } from './json-record';
import { loadProtobuf } from './protobuf-library';
import { createProtobufReader } from './protobuf-record';
import type { RecordReader } from './record-reader';
import type { RegisteredSchema } from './registry-client';

/**
 * @param references texts by name, the innermost first
 *
 * Rejects with an Error for a schema that is invalid or has no image.
 */
export async function createRecordReader(
  { format, text }: RegisteredSchema,
  references: ReadonlyMap<string, string>,
  mapping: FieldMapping,
): Promise<RecordReader> {
  switch (format) {
    case 'AVRO':
      return createAvroReader(text, [...references.values()], mapping);
    case 'JSON':
      return createJsonReader(mapping);
    case 'PROTOBUF':
      return createProtobufReader(await loadProtobuf(), text, references, mapping);
  }
}
