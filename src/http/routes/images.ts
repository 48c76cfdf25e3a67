import { createHash } from 'node:crypto';
import { Router } from 'express';
import type { Picture } from '../../core/picture';
import { describe, type Operation } from '../openapi/operation';
import { encodePng } from '../../codec/picture-png';
import { methodNotAllowed, notFound } from '../problems';
import { imageQuery } from '../schemas/predictions';
import type { HttpServices } from '../services';
import { validate } from '../validation';
import { idFromPath } from './id-from-path';

/** The image of a prediction, or its thumbnail, as a PNG, enlarged by `scale` (1–16). */
export function imageRoutes({ results }: HttpServices): Router {
  const router = Router();

  router.get('/images/*name', describe(IMAGE), async (request, response) => {
    const { scale } = validate(imageQuery, request.query);
    const name = idFromPath(request.params.name);
    if (!name.endsWith('.png')) throw notFound('The path of an image must end in .png.');
    const id = name.slice(0, -'.png'.length);
    const picture = await results.image(id);
    if (picture === undefined) throw notFound(`Image ${JSON.stringify(id)} is not stored.`);
    // An id denotes one input, but after a restart of the demo it may denote another image.
    response.set('Cache-Control', 'private, max-age=60').set('ETag', etagOf(picture, scale));
    if (request.fresh) response.status(304).end();
    else response.type('png').send(encodePng(picture, scale));
  });

  router.all('/images/*name', methodNotAllowed('GET'));
  return router;
}

/** Computed from the pixels, so a cached image costs no encoding. */
function etagOf({ pixels, width, channels }: Picture, scale: number): string {
  const hash = createHash('sha256').update(pixels).update(`${width}×${channels}`);
  return `"${hash.digest('hex').slice(0, 32)}-${scale}"`;
}

const IMAGE: Operation = {
  paths: ['/api/v1/images/{id}.png'],
  tag: 'predictions',
  summary: "Image of a prediction: the model's input, or its thumbnail of at most 128 pixels a side",
  parameters: { id: 'Id of the prediction; slashes may be encoded.' },
  query: imageQuery,
  answer: { 'image/png': 'bytes' },
};
