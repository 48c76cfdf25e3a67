import { Router, type Request, type Response } from 'express';
import { definedOnly } from '../defined-only';
import { jsonBody } from '../json-body';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed, notFound } from '../problems';
import {
  acknowledgeBody,
  alertNumber,
  alertPath,
  alertsAnswer,
  alertsQuery,
  event,
  type AlertsAnswer,
  type EventAnswer,
} from '../schemas/events';
import type { HttpServices } from '../services';
import { validate } from '../validation';

const MAX_BODY = '16kb';

/** Alerts, by number, and their acknowledgement. */
export function alertRoutes({ events }: HttpServices): Router {
  const router = Router();

  router.get('/alerts', describe(LIST), async (request, response) => {
    const { limit, ...conditions } = validate(alertsQuery, request.query);
    // One extra item shows whether there is a next page.
    const found = await events.list({ ...definedOnly(conditions), alerts: true, limit: limit + 1 });
    const page = found.slice(0, limit);
    const answer: AlertsAnswer = {
      alerts: page,
      next: found.length > limit ? (page.at(-1)?.seq ?? null) : null,
    };
    response.json(answer);
  });

  router.get('/alerts/:number', describe(ONE), async (request, response) => {
    const { number } = validate(alertPath, request.params);
    const found: EventAnswer | undefined = await events.alert(number);
    if (found === undefined) throw notFound(`Alert ${number} is not stored.`);
    response.json(found);
  });

  router.post(
    '/alerts/:number/ack',
    describe(ACKNOWLEDGE),
    jsonBody(MAX_BODY),
    async (request: Request, response: Response) => {
      const { number } = validate(alertPath, request.params);
      const { by, note } = validate(acknowledgeBody, request.body);
      const found = await events.acknowledge(number, { at: new Date().toISOString(), by, note });
      if (found === undefined) throw notFound(`Alert ${number} is not stored.`);
      response.json(found);
    },
  );

  router.all('/alerts/:number/ack', methodNotAllowed('POST'));
  router.all(['/alerts', '/alerts/:number'], methodNotAllowed('GET'));
  return router;
}

/** Permanent link of an alert; redirects to the page. */
export function alertPageRoutes(): Router {
  const router = Router();
  router.get('/alerts/:number', describe(PAGE), (request, response) => {
    const { number } = validate(alertPath, request.params);
    response.redirect(302, `/#/events?alert=${number}`);
  });
  router.all('/alerts/:number', methodNotAllowed('GET'));
  return router;
}

const COMMON = {
  tag: 'events',
  parameters: { number: alertNumber },
} as const satisfies Partial<Operation>;

const LIST: Operation = {
  tag: 'events',
  paths: ['/api/v1/alerts'],
  summary: 'The numbered alerts, newest first',
  description: 'Pass next as before to get the next page.',
  query: alertsQuery,
  answer: { 'application/json': alertsAnswer },
};
const ONE: Operation = {
  ...COMMON,
  paths: ['/api/v1/alerts/{number}'],
  summary: 'One alert by its number',
  answer: { 'application/json': event },
};
const ACKNOWLEDGE: Operation = {
  ...COMMON,
  paths: ['/api/v1/alerts/{number}/ack'],
  summary: 'Acknowledge an alert; the first acknowledgement is kept',
  body: { 'application/json': acknowledgeBody },
  bodyOptional: true,
  answer: { 'application/json': event },
  errors: [503],
};
const PAGE: Operation = {
  ...COMMON,
  paths: ['/alerts/{number}'],
  summary: 'Redirects to the alert on the page',
  open: true,
  status: 302,
  answer: { 'text/plain': 'text' },
  also: { 200: { 'text/html': 'text' } },
};
