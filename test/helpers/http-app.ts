import type { Express } from 'express';
import { createApp, type AppOptions } from '../../src/http/app';
import { createLiveFeed } from '../../src/http/live-feed';
import { createFakeServices, SILENT_LOG, type FakeServices } from './services';

/** The application over fake services, for supertest. */
export function createTestApp(
  options: Partial<Omit<AppOptions, 'services'>> & { services?: FakeServices } = {},
): { app: Express; services: FakeServices } {
  const services = options.services ?? createFakeServices();
  const feed = createLiveFeed(services);
  return { app: createApp({ host: '127.0.0.1', feed, log: SILENT_LOG, ...options, services }), services };
}

/** Assertions for every error response. */
export function problem(status: number, code: string): object {
  return expect.objectContaining({
    type: `urn:stream-infer:error:${code}`,
    title: expect.any(String) as string,
    status,
    code,
    detail: expect.any(String) as string,
    requestId: expect.any(String) as string,
  }) as object;
}
