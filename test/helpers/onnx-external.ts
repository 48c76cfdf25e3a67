import { ProtobufWriter } from '../../src/inference/onnx/protobuf';
import { FieldBudget, fieldsOf } from '../../src/models/files/onnx/protobuf';

const GRAPH = 7;
const INITIALIZER = 5;
const RAW = 9;

export interface Outside {
  /** The model with references to its weights. */
  readonly model: Uint8Array;
  /** The weights one after the other. */
  readonly data: Buffer;
}

/** Moves the weights of an ONNX file into a second one, as `onnx.save(…, save_as_external_data=True)` does. */
export function withDataOutside(
  model: Uint8Array,
  location: string,
  {
    change = {},
    withLength = true,
  }: { change?: Readonly<Record<string, string>>; withLength?: boolean } = {},
): Outside {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const moved = rewritten(model, GRAPH, (graph) =>
    rewritten(graph, INITIALIZER, (tensor) => {
      const fields = [...fieldsOf(tensor, new FieldBudget())];
      const data = fields.find(({ number }) => number === RAW)!.bytes;
      const length = withLength ? { length: String(data.length) } : {};
      const writer = new ProtobufWriter();
      for (const [key, value] of Object.entries({ location, offset: String(offset), ...length, ...change }))
        writer.message(13, (entry) => entry.string(1, key).string(2, value));
      parts.push(data);
      offset += data.length;
      const kept = fields.filter(({ number }) => number !== RAW);
      return Buffer.concat([
        ...kept.map(({ start, end }) => tensor.subarray(start, end)),
        writer.varint(14, 1).finish(),
      ]);
    }),
  );
  return { model: moved, data: Buffer.concat(parts) };
}

function rewritten(
  message: Uint8Array,
  wanted: number,
  change: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  return Buffer.concat(
    [...fieldsOf(message, new FieldBudget())].map(({ number, bytes, start, end }) =>
      number === wanted
        ? new ProtobufWriter().bytes(number, change(bytes)).finish()
        : message.subarray(start, end),
    ),
  );
}
