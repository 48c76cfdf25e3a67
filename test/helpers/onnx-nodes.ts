/** The fields of an ONNX operator that tests use. */
export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
}

const GRAPH = 7;
const NODE = 1;
const LENGTH_DELIMITED = 2;

/** The operators of a `ModelProto`, in their order. */
export function nodesOf(model: Uint8Array): OnnxNode[] {
  const [graph] = fieldsOf(model).filter(({ field }) => field === GRAPH);
  return fieldsOf(graph!.bytes)
    .filter(({ field }) => field === NODE)
    .map(({ bytes }) => toNode(fieldsOf(bytes)));
}

interface Field {
  readonly field: number;
  readonly bytes: Uint8Array;
}

function toNode(fields: readonly Field[]): OnnxNode {
  const textsOf = (wanted: number) =>
    fields.filter(({ field }) => field === wanted).map(({ bytes }) => Buffer.from(bytes).toString());
  return { operator: textsOf(4)[0]!, inputs: textsOf(1), output: textsOf(2)[0]! };
}

/** Only length-delimited fields; skips varints. */
function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++]!;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const value = varint();
    if (tag % 8 !== LENGTH_DELIMITED) continue;
    fields.push({ field: Math.floor(tag / 8), bytes: message.subarray(at, at + value) });
    at += value;
  }
  return fields;
}
