import express, { Router } from 'express';
import { describe, type Operation } from '../openapi/operation';
import { MAX_BODY_BYTES } from '../body-limit';
import { methodNotAllowed } from '../problems';
import { classifyQuery, imageEnvelope, imageForm } from '../schemas/classify';
import { classified, type ClassifyAnswer } from '../schemas/predictions';
import { readImage } from '../sent-image';
import type { ClassifyOptions, HttpServices } from '../services';
import { validate } from '../validation';

/** Classifies one image through the interactive lane. */
export function classifyRoutes(services: HttpServices): Router {
  const router = Router();
  const body = express.raw({ type: () => true, limit: MAX_BODY_BYTES });

  router.post('/classify', describe(CLASSIFY), body, async (request, response) => {
    const { pixels: withPixels, ...query } = validate(classifyQuery, request.query);
    const image = await readImage(request);
    const options: ClassifyOptions = {
      ...(image.contentType !== undefined && { contentType: image.contentType }),
      ...(query.id !== undefined && { id: query.id }),
      ...(query.invert !== undefined && { invert: query.invert }),
    };
    const { prediction, pixels, original } = await services.classify(image.bytes, options);
    const answer: ClassifyAnswer = {
      ...prediction,
      ...(original && { original }),
      ...(withPixels && { pixels: Buffer.from(pixels).toString('base64') }),
    };
    response.json(answer);
  });

  router.all('/classify', methodNotAllowed('POST'));
  return router;
}

const CLASSIFY: Operation = {
  paths: ['/api/v1/classify'],
  tag: 'classify',
  summary: 'Classify one image',
  description:
    'Without a specific content type the format is detected. Raw pixels have height × width × channels bytes of the model ' +
    '(GET /api/v1/model), row-major, channels interleaved; an image file or JSON of that length is still read as such.',
  query: classifyQuery,
  body: {
    'application/octet-stream': 'bytes',
    'binary/octet-stream': 'bytes',
    'image/png': 'bytes',
    'image/x-png': 'bytes',
    'image/jpeg': 'bytes',
    'image/jpg': 'bytes',
    'image/pjpeg': 'bytes',
    'image/webp': 'bytes',
    'application/json': imageEnvelope,
    'multipart/form-data': imageForm,
  },
  answer: { 'application/json': classified },
  errors: [422, 501, 503, 504],
};
