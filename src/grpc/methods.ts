import { StreamInferError } from '../core/errors';
import { classifyWithOneVersion } from '../http/protocols/classify-with-one-version';
import { toInferAnswer } from '../http/protocols/infer-answer';
import { modelMetadata } from '../http/protocols/model-metadata';
import { modelOf, type RequestedModel } from '../http/protocols/model-signature';
import type { HttpServices } from '../http/services';
import { parseInferMessage, toInferMessage } from './infer-message';
import type { ModelInferRequest, ModelName } from './messages';

const EXTENSIONS = ['binary_tensor_data', 'classification'];

/** One method of the service: from the decoded request to the answer. Rejects with a StreamInferError. */
export interface Method {
  /** Probes need no token, and are not limited. */
  readonly probe: boolean;
  readonly answer: (request: never) => object | Promise<object>;
}

/**
 * The methods of `GRPCInferenceService`, with the same limits and errors as the routes of the protocol over HTTP.
 *
 * @param named services of one of several models
 */
export function createMethods(
  services: HttpServices,
  named: (model: string) => HttpServices | undefined = () => undefined,
): Readonly<Record<string, Method>> {
  const of = (name: string): HttpServices => named(name) ?? services;
  return {
    ServerLive: { probe: true, answer: () => ({ live: true }) },
    ServerReady: { probe: true, answer: () => ({ ready: services.canClassify() }) },
    ModelReady: { probe: false, answer: (model: ModelName) => ({ ready: isReady(of(model.name), model) }) },
    ServerMetadata: {
      probe: false,
      answer: () => ({ name: 'stream-infer', version: services.version, extensions: EXTENSIONS }),
    },
    ModelMetadata: {
      probe: false,
      answer: ({ name, version }: ModelName) => modelMetadata(find(of(name), name, version)),
    },
    ModelInfer: {
      probe: false,
      answer: (request: ModelInferRequest) => infer(of(request.model_name), request),
    },
  };
}

async function infer(services: HttpServices, message: ModelInferRequest): Promise<object> {
  const resolve = (): RequestedModel => find(services, message.model_name, message.model_version);
  const requested = resolve();
  const request = parseInferMessage(message, requested);
  const { model, classified } = await classifyWithOneVersion(services, request.images, () => resolve().model);
  return toInferMessage(toInferAnswer(request, model, requested.description.shape.labels, classified));
}

function isReady(services: HttpServices, { name, version }: ModelName): boolean {
  try {
    find(services, name, version);
    return services.canClassify();
  } catch (error) {
    if (error instanceof StreamInferError && error.code !== 'INTERNAL') return false;
    throw error;
  }
}

function find(services: HttpServices, name: string, version: string): RequestedModel {
  return modelOf(services, name, version === '' ? undefined : version);
}
