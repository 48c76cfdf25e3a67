import { OnnxGraph } from '../../../../src/inference/onnx/graph';
import { ProtobufWriter } from '../../../../src/inference/onnx/protobuf';
import { describeOnnx } from '../../../../src/models/files/onnx/file';

const IMAGE = { name: 'image', type: 'float', shape: [null, 3, 8, 8] } as const;
const SCORES = { name: 'scores', type: 'float', shape: [null, 5] } as const;

/** Scales the image, and ends in the operators. */
function model(...last: string[]): Uint8Array {
  const graph = new OnnxGraph();
  const scale = graph.floats('scale', [1], Float32Array.of(1 / 255));
  const kernel = graph.floats('kernel', [5, 3, 8, 8], new Float32Array(5 * 3 * 64));
  let value = graph.node('Mul', [graph.node('Cast', ['image'], { to: 1 }), scale]);
  value = graph.node('Conv', [value, kernel]);
  last.forEach((operator, i) => {
    value = graph.node(operator, [value], {}, i === last.length - 1 ? 'scores' : undefined);
  });
  return graph.finish(IMAGE, [SCORES]);
}

/** A model of one node, which `write` completes. */
function withNode(write: (node: ProtobufWriter) => void): Uint8Array {
  return new ProtobufWriter()
    .varint(1, 8)
    .message(7, (graph) => graph.message(1, (node) => write(node.string(4, 'If'))))
    .finish();
}

/** Graphs in attributes of nodes. */
function nested(levels: number): (node: ProtobufWriter) => void {
  return (node) => {
    if (levels === 0) return;
    node.message(5, (attribute) =>
      attribute.message(6, (graph) => graph.message(1, (inner) => nested(levels - 1)(inner.string(4, 'If')))),
    );
  };
}

describe('describeOnnx', () => {
  it('describes inputs, outputs, operators and the input path', () => {
    expect(describeOnnx(model('Flatten', 'Softmax'))).toEqual({
      irVersion: 8,
      opsets: [{ domain: '', version: 17 }],
      producer: 'stream-infer',
      inputs: [{ name: 'image', type: 'float32', dims: ['batch', 3, 8, 8] }],
      outputs: [{ name: 'scores', type: 'float32', dims: ['batch', 5] }],
      operators: ['Cast', 'Conv', 'Flatten', 'Mul', 'Softmax'],
      outputOperators: new Map([['scores', 'Softmax']]),
      firstOperators: ['Cast', 'Mul', 'Conv'],
      scalesInput: true,
      externalFiles: [],
    });
  });

  it('looks for the operator of an output behind the ones that only move values', () => {
    expect(describeOnnx(model('Sigmoid', 'Squeeze', 'Identity')).outputOperators.get('scores')).toBe(
      'Sigmoid',
    );
    expect(describeOnnx(model('Flatten')).outputOperators.get('scores')).toBe('Conv');
  });

  it('leaves out inputs that are constants, and reads sizes that are not fixed', () => {
    const value = (name: string, sizes: (number | null)[]) => (writer: ProtobufWriter) =>
      writer.string(1, name).message(2, (type) =>
        type.message(1, (tensor) =>
          tensor.varint(1, 10).message(2, (shape) => {
            for (const size of sizes) shape.message(1, (dim) => size !== null && dim.varint(1, size));
          }),
        ),
      );
    const bytes = new ProtobufWriter()
      .message(7, (graph) =>
        graph
          .message(11, value('kernel', [1]))
          .message(11, value('image', [0, null, 4]))
          .message(5, (tensor) =>
            tensor
              .string(8, 'kernel')
              .message(13, (entry) => entry.string(1, 'location').string(2, 'k.bin'))
              .varint(14, 1),
          ),
      )
      .finish();
    const { inputs, externalFiles } = describeOnnx(bytes);
    expect(inputs).toEqual([{ name: 'image', type: 'float16', dims: [null, null, 4] }]);
    expect(externalFiles).toEqual(['k.bin']);
  });

  it('names operators of other domains, and finds them in nested graphs', () => {
    const bytes = withNode((node) =>
      node.message(5, (attribute) =>
        attribute.message(11, (graph) =>
          graph.message(1, (inner) => inner.string(4, 'Gelu').string(7, 'com.microsoft')),
        ),
      ),
    );
    expect(describeOnnx(bytes).operators).toEqual(['If', 'com.microsoft:Gelu']);
  });

  it('names no functions that the file defines, as older exporters of PyTorch do', () => {
    const call = withNode((node) => node.string(4, 'aten_relu').string(7, 'pkg.torch'));
    const defined = new ProtobufWriter()
      .message(25, (one) =>
        one
          .string(1, 'aten_relu')
          .message(7, (node) => node.string(4, 'Relu'))
          .string(10, 'pkg.torch'),
      )
      .finish();
    expect(describeOnnx(call).operators).toContain('pkg.torch:aten_relu');
    expect(describeOnnx(Buffer.concat([call, defined])).operators).toEqual(['Relu']);
  });

  it('refuses every truncated file, and never throws another error', () => {
    const whole = model('Softmax');
    for (let length = 0; length < whole.length - 7; length += 37) {
      expect(() => describeOnnx(whole.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'MODEL_CORRUPT' }) as Error,
      );
    }
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a text', Buffer.from('<html>not found</html>'), /not a valid ONNX model/],
    ['no graph', new ProtobufWriter().varint(1, 8).finish(), /it has 0 graphs/],
    ['a length beyond the file', Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f), /exceeds its message/],
    ['a number without an end', new Uint8Array(40).fill(0xff), /does not end/],
    ['a field number 0', Uint8Array.of(0x00, 0x01), /field number/],
    ['a group', Uint8Array.of(0x0b), /wire type/],
    ['deep nesting', withNode(nested(200)), /nested too deeply/],
    ['a very long name', withNode((node) => node.string(1, 'x'.repeat(5000))), /a name has 5000 bytes/],
    [
      'many fields',
      new ProtobufWriter()
        .bytes(
          7,
          new Uint8Array(1_200_000).map((_, i) => (i % 2 === 0 ? 0x52 : 0)),
        )
        .finish(),
      /too many fields/,
    ],
  ])('refuses %s', (_name, bytes, message) => {
    expect(() => describeOnnx(bytes)).toThrow(
      expect.objectContaining({
        code: 'MODEL_CORRUPT',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it('reads negative numbers', () => {
    const bytes = Uint8Array.of(8, ...new Array<number>(9).fill(0xff), 1, 0x3a, 0);
    expect(describeOnnx(bytes).irVersion).toBe(-1);
  });
});
