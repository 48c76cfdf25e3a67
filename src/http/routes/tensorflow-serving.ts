import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { MAX_BODY_BYTES } from '../body-limit';
import { component } from '../openapi/json-schema';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import { classifyWithOneVersion } from '../protocols/classify-with-one-version';
import { INPUT, modelOf, type RequestedModel } from '../protocols/model-signature';
import { parsePredictRequest, predictRequest, SIGNATURE } from '../protocols/predict-request';
import type { HttpServices } from '../services';

const MODEL = ['/v1/models/:model', '/v1/models/:model/versions/:version'];
const METADATA_PATHS = MODEL.map((path) => `${path}/metadata`);
// An unescaped colon starts a parameter.
const PREDICT_PATHS = MODEL.map((path) => `${path}\\:predict`);

/** TensorFlow Serving's REST API, version 1: status, metadata and `:predict` in row and columnar format. */
export function tensorFlowServingRoutes(services: HttpServices): Router {
  const router = Router();
  const body = express.raw({ type: () => true, limit: MAX_BODY_BYTES });

  // Before the status route, whose `:model` would match `fashion-mnist:predict`.
  router.post(PREDICT_PATHS, describe(PREDICT), body, async (request: Request, response: Response) => {
    const requested = modelInPath(services, request);
    const sent = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { format, images } = parsePredictRequest(sent, requested);
    const { classified } = await classifyWithOneVersion(
      services,
      images,
      () => modelInPath(services, request).model,
    );
    const scores = classified.map((one) => one.scores);
    response.json(format === 'row' ? { predictions: scores } : { outputs: scores });
  });
  router.all(PREDICT_PATHS, methodNotAllowed('POST'));

  router.get(MODEL, describe(STATUS), (request: Request, response: Response) => {
    const { version } = modelInPath(services, request).model;
    const state = services.canClassify() ? 'AVAILABLE' : 'LOADING';
    const status = { error_code: 'OK', error_message: '' };
    response.json({ model_version_status: [{ version: String(version), state, status }] });
  });
  router.get(METADATA_PATHS, describe(METADATA), (request: Request, response: Response) => {
    response.json(toMetadata(modelInPath(services, request)));
  });
  router.all([...MODEL, ...METADATA_PATHS], methodNotAllowed('GET'));
  return router;
}

function modelInPath(services: HttpServices, { params }: Request): RequestedModel {
  const { model, version } = params as { model: string; version?: string };
  return modelOf(services, model, version);
}

/** JSON form of the protocol buffers of TensorFlow Serving. */
function toMetadata({ model: { name, version }, description, input }: RequestedModel): object {
  const numbers = [-1, ...(input.shapes.FP32[0] as readonly number[])];
  const scores = [-1, description.shape.labels.length];
  const signature = {
    inputs: { [INPUT]: toTensorInfo(INPUT, numbers) },
    outputs: { probabilities: toTensorInfo('probabilities', scores) },
    method_name: 'tensorflow/serving/predict',
  };
  return {
    model_spec: { name, signature_name: '', version: String(version) },
    metadata: { signature_def: { signature_def: { [SIGNATURE]: signature } } },
  };
}

function toTensorInfo(name: string, shape: readonly number[]): object {
  const dim = shape.map((size) => ({ size: String(size), name: '' }));
  return { dtype: 'DT_FLOAT', tensor_shape: { dim, unknown_rank: false }, name: `${SIGNATURE}_${name}:0` };
}

const COMMON = {
  tag: 'tensorflow serving',
  errorForm: 'message',
  parameters: { model: 'Name of the model.', version: 'Version of the model.' },
} as const satisfies Partial<Operation>;

function modelPaths(tail = ''): [string, string] {
  return [`/v1/models/{model}${tail}`, `/v1/models/{model}/versions/{version}${tail}`];
}

const rows = z.array(z.array(z.number()));

const PREDICT: Operation = {
  ...COMMON,
  paths: modelPaths(':predict'),
  summary: 'Classify images',
  description:
    'Numbers are what the model is fed after its preprocessing, in its own shape (see the metadata), such as pixels / 255 ' +
    'as 28 × 28 × 1, 28 × 28 or 784 numbers. They are treated like FP32 tensors of /v2. ' +
    '{"b64": …} is a PNG, JPEG or WebP file or raw pixels. The content type is ignored.',
  body: { 'application/json': predictRequest },
  answer: {
    'application/json': component(
      'PredictAnswer',
      z.object({ predictions: rows.optional(), outputs: rows.optional() }),
    ),
  },
  errors: [409, 422, 501, 503, 504],
};
const STATUS: Operation = {
  ...COMMON,
  paths: modelPaths(),
  summary: 'Model status',
  answer: {
    'application/json': z.object({
      model_version_status: z.array(
        z.object({
          version: z.string(),
          state: z.enum(['LOADING', 'AVAILABLE']),
          status: z.object({ error_code: z.string(), error_message: z.string() }),
        }),
      ),
    }),
  },
  errors: [501, 503],
};
const METADATA: Operation = {
  ...COMMON,
  paths: modelPaths('/metadata'),
  summary: 'Model metadata',
  answer: {
    'application/json': z.looseObject({ model_spec: z.looseObject({}), metadata: z.looseObject({}) }),
  },
  errors: [501, 503],
};
