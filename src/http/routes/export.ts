import { Router } from 'express';
import type { StoredPrediction } from '../../results/view';
import { csvOf } from '../csv';
import { definedOnly } from '../defined-only';
import { labelsOf, validateWithLabels } from '../label-query';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import { exportQuery } from '../schemas/predictions';
import { sendPages } from '../send-pages';
import type { HttpServices } from '../services';
import { toStoredAnswer } from '../stored-answer';

const NDJSON = {
  type: 'application/x-ndjson',
  header: '',
  line: (stored: StoredPrediction) => `${JSON.stringify(toStoredAnswer(stored))}\n`,
};

function writerOf(format: 'ndjson' | 'csv', services: HttpServices): typeof NDJSON {
  if (format === 'ndjson') return NDJSON;
  const findsObjects = services.modelDescription()?.output.objects !== undefined;
  return { type: 'text/csv; charset=utf-8', ...csvOf(findsObjects) };
}

/** Matching predictions as a file, newest first; read page by page at the speed of the client. */
export function exportRoutes(services: HttpServices): Router {
  const { results } = services;
  const router = Router();

  router.get('/export', describe(EXPORT), async (request, response) => {
    const labels = labelsOf(services);
    const { format, ...conditions } = validateWithLabels(exportQuery, request.query, labels);
    const { type, header, line } = writerOf(format, services);
    response.set('Content-Type', type);
    response.set('Content-Disposition', `attachment; filename="predictions.${format}"`);
    const filter = definedOnly(conditions);
    await sendPages(response, { header, line, read: (page) => results.list({ ...filter, ...page }) });
  });

  router.all('/export', methodNotAllowed('GET'));
  return router;
}

const EXPORT: Operation = {
  paths: ['/api/v1/export'],
  tag: 'predictions',
  summary: 'Export all matching predictions as a file',
  description: 'Newest first, one prediction per line.',
  query: exportQuery,
  answer: { 'application/x-ndjson': 'text', 'text/csv': 'text' },
};
