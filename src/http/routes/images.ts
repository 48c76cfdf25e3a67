import { createHash } from 'node:crypto';
import { Router } from 'express';
import { describe, type Operation } from '../openapi/operation';
import { encodePng } from '../png';
import { methodNotAllowed, notFound } from '../problems';
import { imageQuery } from '../schemas/predictions';
import type { HttpServices } from '../services';
import { validate } from '../validation';
import { idFromPath } from './id-from-path';

/** The 28×28 image of a prediction as a PNG, enlarged by `scale` (1–16). */
export function imageRoutes({ results }: HttpServices): Router {
  const router = Router();

  router.get('/images/*name', describe(IMAGE), async (request, response) => {
    const { scale } = validate(imageQuery, request.query);
    const name = idFromPath(request.params.name);
    if (!name.endsWith('.png')) throw notFound('The path of an image must end in .png.');
    const id = name.slice(0, -'.png'.length);
    const pixels = await results.pixels(id);
    if (pixels === undefined) throw notFound(`Image ${JSON.stringify(id)} is not stored.`);
    // An id denotes one input, but after a restart of the demo it may denote another image.
    response.set('Cache-Control', 'private, max-age=60').set('ETag', etagOf(pixels, scale));
    if (request.fresh) response.status(304).end();
    else response.type('png').send(encodePng(pixels, scale));
  });

  router.all('/images/*name', methodNotAllowed('GET'));
  return router;
}

/** Computed from the pixels, so a cached image costs no encoding. */
function etagOf(pixels: Uint8Array, scale: number): string {
  return `"${createHash('sha256').update(pixels).digest('hex').slice(0, 32)}-${scale}"`;
}

const IMAGE: Operation = {
  paths: ['/api/v1/images/{id}.png'],
  tag: 'predictions',
  summary: 'Image of a prediction, 28×28',
  parameters: { id: 'Id of the prediction; slashes may be encoded.' },
  query: imageQuery,
  answer: { 'image/png': 'bytes' },
};
