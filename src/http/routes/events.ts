import { Router } from 'express';
import { z } from 'zod';
import { storedImagePng } from '../../codec/event-image';
import type { EventImageName } from '../../core/event';
import { definedOnly } from '../defined-only';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed, notFound } from '../problems';
import {
  event,
  eventsAnswer,
  eventsQuery,
  type EventAnswer,
  type EventsAnswer,
  type RuleAnswer,
} from '../schemas/events';
import type { EventsService, HttpServices } from '../services';
import { validate } from '../validation';

const IMAGE_NAMES = ['image', 'enlarged', 'occlusion'] as const satisfies readonly EventImageName[];

/** Events raised by rules: paged list, one by its id, and its images. */
export function eventRoutes({ events }: HttpServices): Router {
  const router = Router();

  router.get('/events', describe(LIST), async (request, response) => {
    const { limit, ...conditions } = validate(eventsQuery, request.query);
    // One extra item shows whether there is a next page.
    const found = await events.list({ ...definedOnly(conditions), limit: limit + 1 });
    const page = found.slice(0, limit);
    const answer: EventsAnswer = {
      events: page,
      next: found.length > limit ? (page.at(-1)?.seq ?? null) : null,
      rules: events.rules.map(toRuleAnswer),
      state: events.state(),
    };
    response.json(answer);
  });

  router.get('/events/:id', describe(ONE), async (request, response) => {
    const id = String(request.params.id);
    const found: EventAnswer | undefined = await events.get(id);
    if (found === undefined) throw notFound(`Event ${JSON.stringify(id)} is not stored.`);
    response.json(found);
  });

  router.get('/events/:id/:name', describe(IMAGE), async (request, response) => {
    const name = IMAGE_NAMES.find((one) => `${one}.png` === request.params.name);
    const bytes = name && (await events.image(String(request.params.id), name));
    if (bytes === undefined)
      throw notFound('The event has no such image; use image.png, enlarged.png or occlusion.png.');
    const png = name === 'image' ? storedImagePng(bytes) : Buffer.from(bytes);
    // Event ids are unique.
    response.set('Cache-Control', 'private, max-age=86400, immutable').type('png').send(png);
  });

  router.all(['/events', '/events/:id', '/events/:id/:name'], methodNotAllowed('GET'));
  return router;
}

function toRuleAnswer({ name, kind, severity, alert }: EventsService['rules'][number]): RuleAnswer {
  return { name, kind, severity, alert };
}

const LIST: Operation = {
  paths: ['/api/v1/events'],
  tag: 'events',
  summary: 'Events raised by rules, newest first',
  description: 'Pass next as before to get the next page.',
  query: eventsQuery,
  answer: { 'application/json': eventsAnswer },
};
const ONE: Operation = {
  paths: ['/api/v1/events/{id}'],
  tag: 'events',
  summary: 'One event',
  parameters: { id: 'Id of the event.' },
  answer: { 'application/json': event },
};
const IMAGE: Operation = {
  paths: ['/api/v1/events/{id}/{name}.png'],
  tag: 'events',
  summary: 'Image of an event, or an image derived from it',
  parameters: {
    id: 'Id of the event.',
    name: z.enum(IMAGE_NAMES).describe('The image, the enlarged image, or the occlusion map.'),
  },
  answer: { 'image/png': 'bytes' },
};
