import { Router } from 'express';
import { z } from 'zod';
import type { EventImageName } from '../../core/event';
import { IMAGE_PIXELS } from '../../core/image';
import type { Rule } from '../../core/rule';
import { definedOnly } from '../defined-only';
import { describe, type Operation } from '../openapi/operation';
import { encodePng } from '../png';
import { methodNotAllowed, notFound } from '../problems';
import {
  event,
  eventsAnswer,
  eventsQuery,
  type EventAnswer,
  type EventsAnswer,
  type RuleAnswer,
} from '../schemas/events';
import type { HttpServices } from '../services';
import { validate } from '../validation';

const IMAGE_NAMES = ['image', 'enlarged', 'occlusion'] as const satisfies readonly EventImageName[];

/** What the rules noticed: paged, one by its id, and the images that go with it. */
export function eventRoutes({ events }: HttpServices): Router {
  const router = Router();

  router.get('/events', describe(LIST), async (request, response) => {
    const { limit, ...conditions } = validate(eventsQuery, request.query);
    // One more than asked for tells whether there is a next page.
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
    if (found === undefined) throw notFound(`There is no event ${JSON.stringify(id)} among the stored ones.`);
    response.json(found);
  });

  router.get('/events/:id/:name', describe(IMAGE), async (request, response) => {
    const name = IMAGE_NAMES.find((one) => `${one}.png` === request.params.name);
    const bytes = name && (await events.image(String(request.params.id), name));
    if (bytes === undefined)
      throw notFound('There is no such image; those of an event are image, enlarged and occlusion.png.');
    const png = name === 'image' && bytes.length === IMAGE_PIXELS ? encodePng(bytes, 1) : Buffer.from(bytes);
    // An event's id is never used again.
    response.set('Cache-Control', 'private, max-age=86400, immutable').type('png').send(png);
  });

  router.all(['/events', '/events/:id', '/events/:id/:name'], methodNotAllowed('GET'));
  return router;
}

function toRuleAnswer({ name, kind, severity, alert }: Rule): RuleAnswer {
  return { name, kind, severity, alert };
}

const LIST: Operation = {
  paths: ['/api/v1/events'],
  tag: 'events',
  summary: 'What the rules noticed, newest first',
  description: 'What next holds goes into before for the following page.',
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
  summary: 'The image behind an event, or one that was derived from it',
  parameters: {
    id: 'Id of the event.',
    name: z.enum(IMAGE_NAMES).describe('The 28×28 image, the same enlarged, or what the decision rested on.'),
  },
  answer: { 'image/png': 'bytes' },
};
