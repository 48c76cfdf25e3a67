import { readdirSync } from 'node:fs';
import express, { Router } from 'express';
import { methodNotAllowed } from './problems';

/**
 * The files of a folder, for a page. Their names have no hash, so a browser has to ask each time, and gets 304 by the
 * ETag. Other methods than GET are refused; what is not there is left to the next route.
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
