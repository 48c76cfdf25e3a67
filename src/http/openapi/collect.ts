import type { Router } from 'express';
import { operationOf, type Operation } from './operation';

/** One method of an Express route. */
export interface FoundRoute {
  readonly method: string;
  /** Path of the route, without the mount path of its router. */
  readonly path: string;
  /** Undefined if the route has no `describe`. */
  readonly operation: Operation | undefined;
}

/** Internal structures of Express: routers hold layers, a layer holds a route or a handler. */
interface Layer {
  readonly handle: { readonly stack?: readonly Layer[] };
  readonly route?: { readonly path: string | readonly string[]; readonly stack: readonly RouteLayer[] };
}

interface RouteLayer {
  readonly handle: object;
  /** Undefined for `all`, which refuses other methods. */
  readonly method?: string;
}

/** Every route below a router, in matching order; HEAD is omitted, because GET includes it. */
export function collectRoutes(router: Pick<Router, 'stack'>): FoundRoute[] {
  return (router.stack as unknown as readonly Layer[]).flatMap(({ route, handle }) => {
    if (route !== undefined) return fromRoute(route);
    return handle.stack === undefined ? [] : collectRoutes(handle as Pick<Router, 'stack'>);
  });
}

function fromRoute({ path, stack }: NonNullable<Layer['route']>): FoundRoute[] {
  const methods = new Set(stack.map(({ method }) => method));
  return [...methods]
    .filter((method) => method !== undefined && method !== 'head')
    .map((method) => ({
      method: method as string,
      path: String(path),
      operation: stack
        .filter((layer) => layer.method === method)
        .map(({ handle }) => operationOf(handle))
        .find((operation) => operation !== undefined),
    }));
}
