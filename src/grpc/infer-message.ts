import { StreamInferError } from '../core/errors';
import type { InferAnswer } from '../http/protocols/infer-answer';
import { readInferRequest, type BinaryTensor, type InferRequest } from '../http/protocols/infer-request';
import type { RequestedModel } from '../http/protocols/model-signature';
import type { ModelInferRequest } from './messages';

/** Throws BAD_REQUEST with the field, or TOO_LARGE_BYTES. */
export function parseInferMessage(message: ModelInferRequest, requested: RequestedModel): InferRequest {
  const { tensor, binary } = inputOf(message);
  const { id, inputs, outputs } = message;
  const json = {
    ...(id !== '' && { id }),
    // All tensors of an answer are raw.
    parameters: { binary_data_output: true },
    inputs: inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape, ...tensor })),
    ...(outputs.length > 0 && { outputs: outputs.map(toOutput) }),
  };
  return readInferRequest(json, binary, requested);
}

export function toInferMessage({ json, binary }: InferAnswer): object {
  const outputs = json.outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape }));
  return { ...json, outputs, raw_output_contents: binary };
}

interface Input {
  /** The members of the tensor in the JSON form of the protocol. */
  readonly tensor: object;
  readonly binary: BinaryTensor;
}

const FIELD = 'raw_input_contents';

/** Most clients send raw bytes, and others lists of typed values. */
function inputOf({ inputs, raw_input_contents: raw }: ModelInferRequest): Input {
  if (raw.length > 1)
    throw new StreamInferError(
      'BAD_REQUEST',
      `${FIELD}: must be one, for the input image; got ${raw.length}`,
    );
  const [bytes] = raw;
  if (bytes !== undefined) return ofBytes(bytes, FIELD);
  const { datatype = '', contents = null } = inputs[0] ?? {};
  if (contents === null)
    throw new StreamInferError('BAD_REQUEST', `${FIELD}: must be present, or the contents of the input`);
  if (datatype === 'BYTES') return ofBytes(withLengths(contents.bytes_contents), 'bytes_contents');
  const data = datatype === 'FP32' ? contents.fp32_contents : contents.uint_contents;
  return { tensor: { data }, binary: { bytes: Buffer.alloc(0), field: FIELD } };
}

function ofBytes(bytes: Buffer, field: string): Input {
  return {
    tensor: { parameters: { binary_data_size: bytes.length } },
    binary: { bytes, field },
  };
}

/** The raw form of BYTES: each element behind its length in 4 bytes. */
function withLengths(elements: readonly Buffer[]): Buffer {
  return Buffer.concat(
    elements.flatMap((element) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(element.length);
      return [length, element];
    }),
  );
}

function toOutput({ name, parameters }: ModelInferRequest['outputs'][number]): object {
  const { int64_param, uint64_param } = parameters['classification'] ?? {};
  const classification = int64_param ?? uint64_param;
  return { name, parameters: { binary_data: true, ...(classification !== undefined && { classification }) } };
}
