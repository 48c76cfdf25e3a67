import { readdirSync } from 'node:fs';
import express, { Router } from 'express';
import { methodNotAllowed } from './problems';

/**
 * Serves the files of a folder. File names have no hash, so browsers revalidate by ETag each time. Methods other than GET
 * are refused; unknown files are left to the next route.
 */
export function staticFiles(folder: string): Router {
  const router = Router();
  router.use(express.static(folder, { index: false, redirect: false, cacheControl: false, setHeaders }));
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  router.all(
    files.map(({ name }) => `/${name}`),
    methodNotAllowed('GET'),
  );
  return router;
}

function setHeaders(response: { setHeader(name: string, value: string): unknown }): void {
  response.setHeader('Cache-Control', 'no-cache');
}
