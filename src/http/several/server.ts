import { createHandler, listenHttp, requireTokenBeyondLoopback, type HttpServerOptions } from '../server';
import type { LiveFeed } from '../live-feed';
import { commonServices, type NamedServices } from './common-services';

/** One server for several models. */
export interface ModelServer {
  readonly url: string;
  liveFeedOf(model: string): Pick<LiveFeed, 'clients' | 'skipped'>;
  /** As `HttpServer.close`. */
  close(budgetMs: number): Promise<void>;
}

/**
 * Routes of one model: all of the API below /api/v1/models/{name}/, and the inference protocols by the name in their
 * paths. Every other path is answered for the process, or for the default model. Rejects as `startHttpServer` does.
 */
export async function startModelServer(
  options: Omit<HttpServerOptions, 'services'>,
  models: readonly NamedServices[],
): Promise<ModelServer> {
  requireTokenBeyondLoopback(options);
  const common = createHandler({ ...options, services: commonServices(models) });
  const handlers = new Map(
    models.map(({ name, services }) => [name, createHandler({ ...options, services })] as const),
  );
  const { url, close } = await listenHttp(options, (request, response) => {
    const { model, url: inModel } = routeOf(request.url);
    const own = model === undefined ? undefined : handlers.get(model);
    if (own !== undefined) request.url = inModel;
    (own ?? common).handle(request, response);
  });
  const feeds = [common, ...handlers.values()].map(({ feed }) => feed);
  return {
    url,
    liveFeedOf: (model) => handlers.get(model)?.feed ?? common.feed,
    close: async (budgetMs) => {
      for (const feed of feeds) feed.close();
      await close(budgetMs);
    },
  };
}

/** The model that a path names, and the path as a process with this model alone knows it. */
export function routeOf(url: string): { readonly model?: string; readonly url: string } {
  const [, ours, rest] = /^\/api\/v1\/models\/([\w.-]+)\/(.+)$/.exec(url) ?? [];
  if (ours !== undefined) return { model: ours, url: `/api/v1/${rest}` };
  const [, theirs] = /^\/v[12]\/(?:repository\/)?models\/([\w.-]+)/.exec(url) ?? [];
  return theirs === undefined ? { url } : { model: theirs, url };
}
