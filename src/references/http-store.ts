import type { LookupFunction } from 'node:net';
import type { Agent, Dispatcher } from 'undici';
import type { AllowList } from './allow-list';
import { judgeConnection, judgeStatus, redirectTarget } from './http-verdict';
import type { HttpModule } from './load-client';
import { isAlive } from './object-status';
import { readBody } from './read-body';
import { isReferenceRefusal, type Reference } from './reference';
import { tooLarge, tooSlow, type FetchAnswer, type FetchRequest, type ImageStore } from './store';

const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface HttpStoreOptions {
  readonly allowList: AllowList;
  /** By `scheme://host`. */
  readonly authorization: ReadonlyMap<string, string>;
  /** Of one attempt, for texts. */
  readonly timeoutMs: number;
  readonly concurrency: number;
  /** Checks the addresses of each host while connecting; undefined where all are allowed. */
  readonly lookup: LookupFunction | undefined;
}

type Response = Dispatcher.ResponseData;
/** An answer, or the address that it redirects to. */
type Step = FetchAnswer | { readonly location: string | undefined };

/**
 * Images behind http and https. Each redirect passes the allow-list again, and each connection checks the address it
 * goes to.
 */
export class HttpStore implements ImageStore {
  readonly #agent: Agent;

  constructor(
    private readonly undici: HttpModule,
    private readonly options: HttpStoreOptions,
  ) {
    const { concurrency, lookup, timeoutMs } = options;
    this.#agent = new undici.Agent({
      connections: concurrency,
      connectTimeout: timeoutMs,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(lookup && { connect: { lookup, timeout: timeoutMs } }),
    });
  }

  async fetch(request: FetchRequest): Promise<FetchAnswer> {
    let { reference } = request;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const answer = await this.#fetchOne({ ...request, reference });
      if (!('location' in answer)) return answer;
      const next = redirectTarget(reference, answer.location);
      const place = isReferenceRefusal(next) ? next : this.options.allowList.check(next);
      if ('code' in place)
        return {
          kind: 'refused',
          code: place.code,
          reason: `${request.reference.shown} redirects: ${place.message}`,
        };
      reference = next as Reference;
    }
    return {
      kind: 'refused',
      code: 'REFERENCE_REFUSED',
      reason: `${request.reference.shown} redirects more than ${MOST_REDIRECTS} times`,
    };
  }

  /** Any answer below 500 counts: the path may not exist. A server that accepts no request with our header gives none. */
  async answers(reference: Reference, signal: AbortSignal): Promise<boolean> {
    try {
      const { statusCode, body } = await this.#send(
        { ...reference, path: '/', query: '' },
        'HEAD',
        {},
        signal,
      );
      discard(body);
      return isAlive(statusCode) && !this.#isOurHeaderRefused(reference, statusCode);
    } catch {
      return false;
    }
  }

  close(): void {
    void this.#agent.destroy();
  }

  async #fetchOne(request: FetchRequest): Promise<Step> {
    const { reference, etag, signal } = request;
    let response: Response | undefined;
    try {
      const conditions = etag === undefined ? {} : { 'if-none-match': etag };
      response = await this.#send(reference, 'GET', conditions, signal);
      if (this.#isOurHeaderRefused(reference, response.statusCode)) {
        discard(response.body);
        return headerRefused(reference.shown);
      }
      return await read(response, request);
    } catch (error) {
      if (signal.aborted) return tooSlow(reference.shown, this.options.timeoutMs, response !== undefined);
      return judgeConnection(error, reference.shown, response !== undefined);
    }
  }

  #isOurHeaderRefused({ scheme, host }: Reference, status: number): boolean {
    return status === 401 && this.options.authorization.has(`${scheme}://${host}`);
  }

  async #send(
    { scheme, host, path, query }: Reference,
    method: 'GET' | 'HEAD',
    conditions: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const origin = `${scheme}://${host}`;
    const authorization = this.options.authorization.get(origin);
    return await this.#agent.request({
      origin,
      path: `${path}${query}`,
      method,
      signal,
      headers: {
        accept: 'image/*, */*;q=0.5',
        // A compressed body of a few bytes could be gigabytes of pixels.
        'accept-encoding': 'identity',
        'user-agent': 'stream-infer',
        ...(authorization !== undefined && { authorization }),
        ...conditions,
      },
    });
  }
}

/** Either the header has expired, or it is not for this image: the server is asked for something else. */
function headerRefused(shown: string): FetchAnswer {
  const reason = `${shown} answered HTTP 401; the header in references.authorization is not accepted`;
  return { kind: 'doubtful', code: 'REFERENCE_REFUSED', reason };
}

async function read(
  { statusCode, headers, body }: Response,
  { reference: { shown }, maxBytes }: FetchRequest,
): Promise<Step> {
  if (REDIRECTS.has(statusCode)) {
    discard(body);
    return { location: textOf(headers.location) };
  }
  const verdict = judgeStatus(statusCode, (name) => textOf(headers[name]), shown);
  const declared = Number(textOf(headers['content-length']) ?? 0);
  if (verdict !== undefined || declared > maxBytes) {
    discard(body);
    return verdict ?? tooLarge(shown, declared, maxBytes);
  }
  const bytes = await readBody(body, maxBytes);
  if (bytes === undefined) return tooLarge(shown, undefined, maxBytes);
  return { kind: 'fetched', bytes, etag: textOf(headers.etag), contentType: textOf(headers['content-type']) };
}

/** Ends the answer without reading it, and with it the connection, unless it has no body. */
function discard(body: Response['body']): void {
  body.on('error', () => undefined).destroy();
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
