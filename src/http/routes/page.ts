import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Router } from 'express';
import { describe, type Operation } from '../openapi/operation';
import { methodNotAllowed, notFound } from '../problems';
import { takeTokenFromQuery } from '../security';
import { staticFiles } from '../static-files';

/** The page and its assets; they contain no secrets, so they require no token. */
export function pageRoutes(token: string | undefined): Router {
  const router = Router();
  const folder = pageFolder();

  router.get('/', describe(PAGE), takeTokenFromQuery(token), (_request, response) => {
    if (folder === undefined) throw notFound('The page is not built; run: npm run build');
    response.set('Cache-Control', 'no-cache').sendFile(join(folder, 'index.html'));
  });
  router.all('/', methodNotAllowed('GET'));
  if (folder !== undefined) router.use(staticFiles(folder));
  return router;
}

/** dist/dashboard, seen from dist/http as well as from src/http (tests). */
function pageFolder(): string | undefined {
  const candidates = [join(__dirname, '../../dashboard'), join(__dirname, '../../../dist/dashboard')];
  return candidates.find((folder) => existsSync(join(folder, 'main.js')));
}

const PAGE: Operation = {
  paths: ['/'],
  tag: 'process',
  summary: 'Dashboard',
  open: true,
  answer: { 'text/html': 'text' },
  errors: [404],
};
