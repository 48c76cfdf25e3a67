import { Router } from 'express';
import { scaleHint } from '../../core/scale';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import { scaleAnswer, scaleQuery, type ScaleAnswer } from '../schemas/scale';
import type { HttpServices } from '../services';
import { validate } from '../validation';

/** `/scale-hint`: required number of processes, from lag, arrival rate and service time. */
export function scaleRoutes(services: HttpServices): Router {
  const router = Router();
  router.get('/scale-hint', describe(SCALE), (request, response) => {
    const { current, ...plan } = validate(scaleQuery, request.query);
    const load = services.load();
    const answer: ScaleAnswer = { ...scaleHint(load, { ...plan, replicas: current }), current, basis: load };
    response.json(answer);
  });
  router.all('/scale-hint', methodNotAllowed('GET'));
  return router;
}

const SCALE: Operation = {
  paths: ['/api/v1/scale-hint'],
  tag: 'stream',
  summary: 'Required number of processes',
  description:
    'replicas = (arrival rate + lag / catchUpSeconds) / (capacity of one process × utilization), rounded up, between 1 ' +
    'and the number of partitions. This process knows its own share only and assumes the same load on the others.',
  query: scaleQuery,
  answer: { 'application/json': scaleAnswer },
};
