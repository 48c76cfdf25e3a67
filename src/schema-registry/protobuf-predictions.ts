import type { PredictionCodec } from './prediction-form';
import type { ProtobufLibrary } from './protobuf-library';

/** The indexes of the first message of the file. */
const FIRST_MESSAGE = Buffer.from([0]);

type Message = Record<string, unknown>;

/** @param text of `schema/prediction.proto` */
export function createProtobufPredictions(library: ProtobufLibrary, text: string): PredictionCodec {
  // Names in camel case, as in the JSON.
  const type = library.parse(text, new library.Root()).root.lookupType('stream_infer.Prediction');
  return {
    encode(json) {
      const message = type.fromObject(JSON.parse(json.toString('utf8')) as Message);
      return Buffer.concat([FIRST_MESSAGE, type.encode(message).finish()]);
    },
    decode(bytes) {
      if (bytes[0] !== 0) throw new Error('it is not the first message of the schema');
      const message = type.toObject(type.decode(bytes.subarray(1)), { defaults: true });
      return Buffer.from(JSON.stringify(toPrediction(message)));
    },
  };
}

/** Lists without items and messages are always there, and missing texts never. */
function toPrediction(message: Message): Message {
  const { source } = message;
  const fields = Object.entries(message).filter(
    ([name, value]) =>
      value !== null && (!isEmpty(value) || (name === 'objects' && message['frame'] !== null)),
  );
  const prediction = Object.fromEntries(fields);
  if (source !== null)
    prediction['source'] = { partition: null, offset: null, key: null, ...(source as Message) };
  return prediction;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
