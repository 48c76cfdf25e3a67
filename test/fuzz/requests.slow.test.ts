/** Bodies of both inference protocols, and messages of gRPC behind their decoding. */
import { join } from 'node:path';
import { parseInferMessage } from '../../src/grpc/infer-message';
import type { ModelInferRequest } from '../../src/grpc/messages';
import { parseInferRequest } from '../../src/http/protocols/infer-request';
import { modelOf } from '../../src/http/protocols/model-signature';
import { parsePredictRequest } from '../../src/http/protocols/predict-request';
import { png } from '../fixtures/png';
import { createFakeServices, MODEL } from '../helpers/services';
import { fuzz } from './fuzz';

jest.setTimeout(600_000);

const CODES = ['BAD_REQUEST', 'TOO_LARGE_BYTES'] as const;
const requested = modelOf(createFakeServices(), MODEL.name);
const toJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const pixels = Array.from({ length: 784 }, (_, i) => i % 256);
const numbers = pixels.map((one) => one / 255);
const base64 = png().toString('base64');

const image = { name: 'image', shape: [1, 784], datatype: 'UINT8' };
const outputs = [{ name: 'probabilities', parameters: { classification: 3 } }, { name: 'label' }];

it('requests of Open Inference are read or refused', () =>
  fuzz(
    [
      { id: 'x', inputs: [{ ...image, data: pixels }], outputs },
      { inputs: [{ ...image, datatype: 'FP32', shape: [1, 28, 28, 1], data: numbers }] },
      { inputs: [{ ...image, datatype: 'BYTES', shape: [1], data: [base64] }] },
    ].map(toJson),
    (bytes) => parseInferRequest(bytes, undefined, requested),
    { codes: CODES },
  ));

it('requests of Open Inference with binary tensors are read or refused', () => {
  const json = toJson({ inputs: [{ ...image, parameters: { binary_data_size: 784 } }] });
  const parse = (bytes: Buffer): unknown => parseInferRequest(bytes, String(json.length), requested);
  return fuzz([Buffer.concat([json, Buffer.from(pixels)])], parse, { codes: CODES });
});

it('requests of TensorFlow Serving are read or refused', () =>
  fuzz(
    [
      { instances: [numbers] },
      { instances: [{ image: { b64: base64 } }] },
      { signature_name: 'serving_default', inputs: { image: [{ b64: base64 }] } },
      { inputs: [numbers] },
    ].map(toJson),
    (bytes) => parsePredictRequest(bytes, requested),
    { codes: CODES },
  ));

it('messages of gRPC are read or refused', async () => {
  const { loadSync } = await import('@grpc/proto-loader');
  const definition = loadSync(join(__dirname, '../../schema/open-inference.proto'), {
    ...{ keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true },
  });
  const service = definition['inference.GRPCInferenceService'] as unknown as Record<
    'ModelInfer',
    { requestSerialize(message: object): Buffer; requestDeserialize(bytes: Buffer): ModelInferRequest }
  >;
  const method = service.ModelInfer;
  const contents = { uint_contents: pixels };
  const messages = [
    { inputs: [image], raw_input_contents: [Buffer.from(pixels)] },
    { id: 'x', inputs: [{ ...image, contents }], outputs: [{ name: 'label' }] },
    { inputs: [{ ...image, datatype: 'BYTES', shape: [1], contents: { bytes_contents: [png()] } }] },
  ];
  const read = (bytes: Buffer): unknown => {
    const message = decoded(bytes, (encoded) => method.requestDeserialize(encoded));
    return message && parseInferMessage(message, requested);
  };
  await fuzz(
    messages.map((message) => method.requestSerialize(message)),
    read,
    { codes: CODES },
  );
});

/** undefined for bytes that the library answers with its own status before the program sees them. */
function decoded<T>(bytes: Buffer, decode: (bytes: Buffer) => T): T | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}
