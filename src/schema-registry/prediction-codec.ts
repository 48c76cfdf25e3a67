import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PublishedFields, SchemaFormat } from '../core/output-form';
import { readAvro } from './avro-reader';
import { parseAvroSchema } from './avro-schema';
import { writeAvro } from './avro-writer';
import { jsonSchemaOf } from './json-schema-of';
import { createProtobufPredictions } from './protobuf-predictions';
import type { PredictionCodec } from './prediction-form';
import { loadProtobuf } from './protobuf-library';
import type { RegisteredSchema } from './registry-client';

export async function createPredictionCodec(format: SchemaFormat): Promise<PredictionCodec> {
  switch (format) {
    case 'avro':
      return createAvroPredictions();
    case 'protobuf':
      return createProtobufPredictions(await loadProtobuf(), textOf('prediction.proto'));
    case 'json':
      return { encode: (json) => json, decode: (bytes) => bytes };
  }
}

/**
 * The schema to register.
 *
 * @param version of the JSON Schema of the predictions; one schema of Avro and Protobuf is for both
 */
export function predictionSchemaOf(
  format: SchemaFormat,
  version: 1 | 2,
  fields: PublishedFields,
): RegisteredSchema {
  const references: RegisteredSchema['references'] = [];
  switch (format) {
    case 'avro':
      return { format: 'AVRO', text: textOf('prediction.avsc'), references };
    case 'protobuf':
      return { format: 'PROTOBUF', text: textOf('prediction.proto'), references };
    case 'json':
      return {
        format: 'JSON',
        text: jsonSchemaOf(textOf(`prediction.v${version}.json`), fields),
        references,
      };
  }
}

function createAvroPredictions(): PredictionCodec {
  const type = parseAvroSchema(textOf('prediction.avsc'));
  return {
    encode: (json) => writeAvro(type, JSON.parse(json.toString('utf8'))),
    decode(bytes) {
      const fields = Object.entries(readAvro(bytes, type) as Record<string, unknown>);
      return Buffer.from(JSON.stringify(Object.fromEntries(fields.filter(([, value]) => value !== null))));
    },
  };
}

/** A file of the package. */
function textOf(name: string): string {
  return readFileSync(join(__dirname, '../../schema', name), 'utf8');
}
