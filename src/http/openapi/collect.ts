import type { Router } from 'express';
import { operationOf, type Operation } from './operation';

/** One method of an Express route. */
export interface FoundRoute {
  readonly method: string;
  /** As the route has it, without what its router is mounted under. */
  readonly path: string;
  /** Undefined where the route's file does not describe it. */
  readonly operation: Operation | undefined;
}

/** What this reads of Express's own structures: routers hold layers, a layer holds a route or a handler. */
interface Layer {
  readonly handle: { readonly stack?: readonly Layer[] };
  readonly route?: { readonly path: string | readonly string[]; readonly stack: readonly RouteLayer[] };
}

interface RouteLayer {
  readonly handle: object;
  /** Undefined for `all`, which is where methods are refused. */
  readonly method?: string;
}

/** Every route below a router, in the order in which Express tries them. HEAD is not listed: it goes with GET. */
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
