import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { StreamInferError } from '../../core/errors';
import { MAX_BODY_BYTES } from '../body-limit';
import { component } from '../openapi/json-schema';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import { classifyWithOneVersion } from '../protocols/classify-with-one-version';
import { toInferAnswer } from '../protocols/infer-answer';
import { inferRequest, parseInferRequest } from '../protocols/infer-request';
import { modelMetadata } from '../protocols/model-metadata';
import { modelOf, type RequestedModel } from '../protocols/model-signature';
import { assertHostsModel } from '../require-models';
import type { HttpServices } from '../services';

const EXTENSIONS = ['binary_tensor_data', 'classification', 'model_repository'];
const HEADER_LENGTH = 'Inference-Header-Content-Length';
const MODEL = ['/v2/models/:model', '/v2/models/:model/versions/:version'];

/** Health probes; require no token, like `/livez` and `/readyz`. */
export function openInferenceHealthRoutes(services: HttpServices): Router {
  const router = Router();
  router.get(
    '/v2/health/live',
    describe({ ...HEALTH, paths: ['/v2/health/live'], summary: 'Liveness probe', answer: LIVE }),
    (_request, response) => void response.set('Cache-Control', 'no-store').json({ live: true }),
  );
  router.get(
    '/v2/health/ready',
    describe({
      ...HEALTH,
      paths: ['/v2/health/ready'],
      summary: 'Readiness probe',
      answer: { 'application/json': z.object({ ready: z.literal(true) }) },
      errors: [501, 503],
    }),
    (_request, response) => {
      assertReady(services);
      response.set('Cache-Control', 'no-store').json({ ready: true });
    },
  );
  router.all(['/v2/health/live', '/v2/health/ready'], methodNotAllowed('GET'));
  return router;
}

/** Open Inference Protocol (KServe), version 2, with the binary tensor data and classification extensions. */
export function openInferenceRoutes(services: HttpServices): Router {
  const router = Router();
  const body = express.raw({ type: () => true, limit: MAX_BODY_BYTES });

  router.get('/v2', describe(SERVER), (_request, response) => {
    const { version } = services;
    response.json({ name: 'stream-infer', version, extensions: EXTENSIONS });
  });
  router.get(MODEL, describe(METADATA), (request: Request, response: Response) => {
    response.json(modelMetadata(modelInPath(services, request)));
  });
  router.get(withTail('/ready'), describe(READY), (request: Request, response: Response) => {
    const { name } = modelInPath(services, request).model;
    assertReady(services);
    response.set('Cache-Control', 'no-store').json({ name, ready: true });
  });
  router.post(withTail('/infer'), describe(INFER), body, async (request: Request, response: Response) => {
    const requested = modelInPath(services, request);
    const sent = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const asked = parseInferRequest(sent, request.get(HEADER_LENGTH), requested);
    const { model, classified } = await classifyWithOneVersion(
      services,
      asked.images,
      () => modelInPath(services, request).model,
    );
    const { json, binary } = toInferAnswer(asked, model, requested.description.shape.labels, classified);
    if (binary.length === 0) return void response.json(json);
    const header = Buffer.from(JSON.stringify(json));
    response.set(HEADER_LENGTH, String(header.length)).type('application/octet-stream');
    response.send(Buffer.concat([header, ...binary]));
  });

  router.all(['/v2', ...MODEL, ...withTail('/ready')], methodNotAllowed('GET'));
  router.all(withTail('/infer'), methodNotAllowed('POST'));
  return router;
}

function withTail(tail: string): string[] {
  return MODEL.map((path) => path + tail);
}

function modelInPath(services: HttpServices, { params }: Request): RequestedModel {
  const { model, version } = params as { model: string; version?: string };
  return modelOf(services, model, version);
}

function assertReady(services: HttpServices): void {
  assertHostsModel(services);
  if (!services.canClassify())
    throw new StreamInferError(
      'NOT_READY',
      services.health().reasons.join(' ') || 'The process is starting.',
    );
}

const tensorMetadata = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });
const HEALTH = { tag: 'open inference', open: true, unlimited: true, errorForm: 'message' } as const;
const LIVE = { 'application/json': z.object({ live: z.literal(true) }) };
const COMMON = {
  tag: 'open inference',
  errorForm: 'message',
  parameters: { model: 'Name of the model.', version: 'Version of the model.' },
} as const satisfies Partial<Operation>;

function modelPaths(tail = ''): [string, string] {
  return [`/v2/models/{model}${tail}`, `/v2/models/{model}/versions/{version}${tail}`];
}

const SERVER: Operation = {
  ...COMMON,
  paths: ['/v2'],
  summary: 'Server metadata',
  answer: {
    'application/json': z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
  },
};
const METADATA: Operation = {
  ...COMMON,
  paths: modelPaths(),
  summary: 'Model metadata',
  answer: {
    'application/json': component(
      'ModelMetadata',
      z.object({
        name: z.string(),
        versions: z.array(z.string()),
        platform: z.string(),
        inputs: z.array(tensorMetadata),
        outputs: z.array(tensorMetadata),
        parameters: z.object({
          runtime: z.string(),
          precision: z.string(),
          sha256: z.string(),
          layout: z.string().describe('Order of the numbers of an FP32 tensor: nhwc or nchw.'),
          fp32_shape: z.string().describe('Shape of an FP32 tensor, -1 for the number of images.'),
        }),
      }),
    ),
  },
  errors: [501, 503],
};
const READY: Operation = {
  ...COMMON,
  paths: modelPaths('/ready'),
  summary: 'Whether the model is ready',
  answer: { 'application/json': z.object({ name: z.string(), ready: z.literal(true) }) },
  errors: [501, 503],
};
const INFER: Operation = {
  ...COMMON,
  paths: modelPaths('/infer'),
  summary: 'Classify images',
  description:
    'One input, image, of the shape in the model metadata. UINT8: pixels from 0 to 255. FP32: what the model is fed after ' +
    'its preprocessing, in its own layout. BYTES: PNG, JPEG or WebP files, as base64 in JSON. FP32 reaches the model ' +
    'unchanged, always in fp32. It is rounded to the nearest pixel for a Fashion-MNIST model of pixels / 255, a model of ' +
    'integers, and a function. ' +
    'The body has at most 16 MiB, and its JSON at most 4 MiB or one image as text. ' +
    'Inference-Header-Content-Length is the length of the JSON before binary tensors; the answer ' +
    'may have the same form.',
  headers: {
    [HEADER_LENGTH]: z
      .string()
      .regex(/^\d{1,9}$/)
      .describe('Length of the JSON before the binary tensors, in bytes.'),
  },
  body: { 'application/json': inferRequest, 'application/octet-stream': 'bytes' },
  answer: {
    'application/json': component(
      'InferAnswer',
      z.object({
        model_name: z.string(),
        model_version: z.string(),
        id: z.string().optional(),
        outputs: z.array(
          z.object({
            name: z.string(),
            datatype: z.string(),
            shape: z.array(z.int()),
            data: z.array(z.union([z.number(), z.string()])).optional(),
          }),
        ),
      }),
    ),
    'application/octet-stream': 'bytes',
  },
  errors: [409, 422, 501, 503, 504],
};
