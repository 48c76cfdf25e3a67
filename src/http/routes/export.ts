import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { Router } from 'express';
import type { PredictionFilter, ResultsView, StoredPrediction } from '../../results/view';
import { csvOf } from '../csv';
import { definedOnly } from '../defined-only';
import { labelsOf, validateWithLabels } from '../label-query';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed } from '../problems';
import { exportQuery } from '../schemas/predictions';
import type { HttpServices } from '../services';
import { toStoredAnswer } from '../stored-answer';

const PAGE = 500;

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
    const pages = lines(results, definedOnly(conditions), header, line);
    const text = Readable.from(pages, { highWaterMark: 1 });
    try {
      await pipeline(text, response);
    } catch (error) {
      // Once the answer has started, the only way to report an error is to break it off.
      if (!response.headersSent && !response.destroyed) throw error;
      response.destroy();
    }
  });

  router.all('/export', methodNotAllowed('GET'));
  return router;
}

/** One page at a time as text, so at most a few pages wait for a slow client. */
async function* lines(
  results: ResultsView,
  conditions: Omit<PredictionFilter, 'before' | 'limit'>,
  header: string,
  line: (stored: StoredPrediction) => string,
): AsyncGenerator<string> {
  if (header) yield header;
  let before: number | undefined;
  for (;;) {
    const page = await results.list({ ...conditions, ...(before !== undefined && { before }), limit: PAGE });
    if (page.length > 0) yield page.map(line).join('');
    before = page.at(-1)?.seq;
    if (page.length < PAGE) return;
  }
}

const EXPORT: Operation = {
  paths: ['/api/v1/export'],
  tag: 'predictions',
  summary: 'Export all matching predictions as a file',
  description: 'Newest first, one prediction per line.',
  query: exportQuery,
  answer: { 'application/x-ndjson': 'text', 'text/csv': 'text' },
};
