import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Router } from 'express';
import { z } from 'zod';
import { collectRoutes } from '../openapi/collect';
import { createDocument } from '../openapi/document';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed, notFound } from '../problems';
import { staticFiles } from '../static-files';

/**
 * `/openapi.json`: all routes of `app`, also those mounted later. `/docs` shows it with Swagger UI. Neither contains
 * secrets, so they require no token.
 */
export function openApiRoutes(app: Pick<Router, 'stack'>, version: string): Router {
  const router = Router();
  const folder = docsFolder();
  let document: string | undefined;

  router.get('/openapi.json', describe(DOCUMENT), (_request, response) => {
    document ??= JSON.stringify(createDocument(collectRoutes(app), version));
    // Revalidated each time; Express answers 304 by the ETag.
    response.set('Cache-Control', 'no-cache').type('json').send(document);
  });
  router.get('/docs', describe(DOCS), (_request, response) => {
    if (folder === undefined) throw notFound('The page is not built; run: npm run build');
    response.set('Cache-Control', 'no-cache').sendFile(join(folder, 'index.html'));
  });
  router.all(['/openapi.json', '/docs'], methodNotAllowed('GET'));
  if (folder !== undefined) router.use('/docs', staticFiles(folder));
  return router;
}

/** dist/api-docs, seen from dist/http/routes as well as from src/http/routes (tests). */
function docsFolder(): string | undefined {
  const candidates = [join(__dirname, '../../api-docs'), join(__dirname, '../../../dist/api-docs')];
  return candidates.find((folder) => existsSync(join(folder, 'swagger-ui-bundle.js')));
}

const DOCUMENT: Operation = {
  paths: ['/openapi.json'],
  tag: 'process',
  open: true,
  summary: 'OpenAPI 3.1 document',
  answer: { 'application/json': z.looseObject({ openapi: z.string() }) },
};
const DOCS: Operation = {
  paths: ['/docs'],
  tag: 'process',
  open: true,
  summary: 'API documentation',
  answer: { 'text/html': 'text' },
  errors: [404],
};
