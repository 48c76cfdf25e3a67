import express, { Router, type Request } from 'express';
import { parseContentType } from '../../codec/detect-format';
import { StreamInferError } from '../../core/errors';
import { describe, type Operation } from '../openapi/operation';
import { MAX_BODY_BYTES } from '../body-limit';
import { readFormFile } from '../form-file';
import { methodNotAllowed } from '../problems';
import { classifyQuery, imageEnvelope, imageForm } from '../schemas/classify';
import { classified, type ClassifyAnswer } from '../schemas/predictions';
import type { ClassifyOptions, HttpServices } from '../services';
import { validate } from '../validation';

/** Default content types of programs (curl --data-binary), which say nothing about the bytes. */
const SAYS_NOTHING = new Set([
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-www-form-urlencoded',
]);
/** Listed in errors; every format of the stream is supported. */
const IMAGE_TYPES = [
  'image/png',
  'image/jpeg',
  'image/webp',
  'application/json',
  'application/cloudevents+json',
];

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

interface SentImage {
  readonly bytes: Buffer;
  readonly contentType?: string;
}

async function readImage(request: Request): Promise<SentImage> {
  // Without a body Express sets an object or undefined.
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const sent = request.get('content-type');
  if (sent !== undefined && /^multipart\/form-data\b/i.test(sent)) {
    const file = await readFormFile(bytes, sent);
    return { bytes: file.bytes, ...knownType(file.contentType) };
  }
  return { bytes, ...knownType(sent) };
}

function knownType(sent: string | undefined): { contentType?: string } {
  const type = sent?.split(';')[0]?.trim().toLowerCase();
  if (type === undefined || SAYS_NOTHING.has(type)) return {};
  if (typeof parseContentType(type) === 'string') return { contentType: type };
  const known = [...IMAGE_TYPES, ...SAYS_NOTHING, 'multipart/form-data'].join(', ');
  throw new StreamInferError(
    'UNSUPPORTED_FORMAT',
    `Content-Type ${JSON.stringify(type)} is not supported; send one of ${known}, or none`,
  );
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
