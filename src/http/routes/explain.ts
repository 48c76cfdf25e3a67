import express, { Router, type Request } from 'express';
import { scalePicture } from '../../codec/scale-picture';
import { StreamInferError } from '../../core/errors';
import { describeFinding } from '../../core/occlusion';
import { describe, type Operation } from '../openapi/operation';
import { MAX_BODY_BYTES } from '../body-limit';
import { methodNotAllowed, notFound } from '../problems';
import { limitRequests } from '../request-limit';
import { requireDescription } from '../require-models';
import { imageEnvelope, imageForm } from '../schemas/classify';
import { explainQuery, explanation, type ExplanationAnswer } from '../schemas/explain';
import { labelIn } from '../schemas/request-fields';
import { readImage } from '../sent-image';
import type { ClassifyOptions, HttpServices } from '../services';
import { validate } from '../validation';

/** One is computed, the others wait for it. */
const MOST_REQUESTS = 4;

/** An image of the model's size, and the class that was predicted for it. */
interface Subject {
  readonly pixels: Uint8Array;
  readonly label: number;
}

/** Occlusion maps on request. */
export function explainRoutes(services: HttpServices): Router {
  const router = Router();
  const body = express.raw({ type: () => true, limit: MAX_BODY_BYTES });

  router.post(
    '/explain',
    describe(EXPLAIN),
    limitRequests(MOST_REQUESTS),
    body,
    async (request, response) => {
      const { labels } = requireDescription(services).shape;
      const schema = explainQuery.extend({ label: labelIn(labels).optional() });
      const { id, invert, label: wanted } = validate(schema, request.query);
      const subject =
        id === undefined ? await sentSubject(services, request, invert) : await storedSubject(services, id);
      const label = wanted ?? subject.label;
      const className = labels[label];
      if (className === undefined)
        throw new StreamInferError('BAD_REQUEST', `the active model has no class ${label}`);
      const { heatMap, ...found } = await services.explain(subject.pixels, label);
      const answer: ExplanationAnswer = {
        label,
        className,
        ...found,
        summary: describeFinding(found, className),
        heatMap: Buffer.from(heatMap).toString('base64'),
      };
      response.json(answer);
    },
  );

  router.all('/explain', methodNotAllowed('POST'));
  return router;
}

async function sentSubject(
  services: HttpServices,
  request: Request,
  invert: ClassifyOptions['invert'] | undefined,
): Promise<Subject> {
  const { bytes, contentType } = await readImage(request);
  const { prediction, pixels } = await services.classify(bytes, {
    ...(contentType !== undefined && { contentType }),
    ...(invert !== undefined && { invert }),
  });
  return { pixels, label: prediction.label };
}

/** Of a large image only the thumbnail is stored. */
async function storedSubject(services: HttpServices, id: string): Promise<Subject> {
  const { results } = services;
  const [stored, picture] = await Promise.all([results.get(id), results.image(id)]);
  if (stored === undefined) throw notFound(`Prediction ${JSON.stringify(id)} is not stored.`);
  if (picture === undefined) throw notFound(`Image ${JSON.stringify(id)} is not stored.`);
  const pixels = scalePicture(picture, requireDescription(services).shape);
  return { pixels, label: stored.prediction.label };
}

const EXPLAIN: Operation = {
  paths: ['/api/v1/explain'],
  tag: 'classify',
  summary: 'Explain one prediction with an occlusion map',
  description:
    'Of a stored prediction (`id`), or of an image as for POST /api/v1/classify. A patch covers one part of the image after ' +
    'the other, at 12 × 12 places at most, and the map shows how far the score of the class falls. The active model computes ' +
    'it, one map at a time and after waiting batches, in about 3 s at most. Up to three more requests wait for it.',
  query: explainQuery,
  bodyOptional: true,
  body: {
    'application/octet-stream': 'bytes',
    'binary/octet-stream': 'bytes',
    'image/png': 'bytes',
    'image/jpeg': 'bytes',
    'image/webp': 'bytes',
    'application/json': imageEnvelope,
    'multipart/form-data': imageForm,
  },
  answer: { 'application/json': explanation },
  errors: [404, 422, 501, 503, 504],
};
