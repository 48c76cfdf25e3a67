import { messageOf } from '../core/errors';
import { readBounded } from './read-bounded';
import type { RegistrySettings } from './settings';

/** A schema as the registry has it. */
export interface RegisteredSchema {
  readonly format: 'AVRO' | 'PROTOBUF' | 'JSON';
  readonly text: string;
  readonly references: readonly SchemaReference[];
}

/** Another schema that one refers to by name. */
export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/**
 * What a registry says. `unknown`: it has no such schema. `rejected`: it does not take this schema. `unavailable`: nothing
 * is known; the same request may be answered later.
 */
export type RegistryAnswer<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'unknown' | 'rejected'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string; readonly retryAfterMs?: number };

/** Codes of the registry's own errors: a wrong path is answered with 404 too, and says nothing about a schema. */
const UNKNOWN_CODES = new Set([40401, 40402, 40403]);
/** Incompatible with an earlier version, or invalid. */
const REJECTIONS = new Set([409, 422]);
const HINTS: Readonly<Record<number, string>> = {
  401: 'check schemaRegistry.username and password, or token',
  403: 'check schemaRegistry.username and password, or token',
  404: 'check the path of schemaRegistry.url',
};
const MOST_DETAIL = 200;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

interface Exchange {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly retryAfter: string | null;
}

/** The part of the registry's HTTP interface that reads and registers schemas. Each request has a bound on its time. */
export class RegistryClient {
  constructor(
    private readonly settings: RegistrySettings,
    private readonly signal: AbortSignal,
  ) {}

  /** @param schema an id, or a GUID */
  async schema(schema: number | string): Promise<RegistryAnswer<RegisteredSchema>> {
    const path = typeof schema === 'number' ? `/schemas/ids/${schema}` : `/schemas/guids/${schema}`;
    return toSchema(await this.#ask('GET', path));
  }

  async version({ subject, version }: SchemaReference): Promise<RegistryAnswer<RegisteredSchema>> {
    return toSchema(await this.#ask('GET', `/subjects/${encodeURIComponent(subject)}/versions/${version}`));
  }

  /** The id of a schema of a subject, under which it is registered if it is not there yet. */
  async register(subject: string, schema: RegisteredSchema): Promise<RegistryAnswer<number>> {
    return toId(await this.#ask('POST', `/subjects/${encodeURIComponent(subject)}/versions`, schema));
  }

  /** The id of a schema that is registered under the subject. */
  async lookUp(subject: string, schema: RegisteredSchema): Promise<RegistryAnswer<number>> {
    return toId(await this.#ask('POST', `/subjects/${encodeURIComponent(subject)}`, schema));
  }

  /** The first answer of the addresses that is final. */
  async #ask(method: string, path: string, schema?: RegisteredSchema): Promise<RegistryAnswer<Exchange>> {
    let answer: RegistryAnswer<Exchange> = { kind: 'unavailable', reason: 'there is no registry' };
    for (const url of this.settings.urls) {
      answer = await this.#askOne(method, `${url}${path}`, schema);
      if (answer.kind !== 'unavailable') return answer;
    }
    return answer;
  }

  async #askOne(method: string, url: string, schema?: RegisteredSchema): Promise<RegistryAnswer<Exchange>> {
    const { headers, timeoutMs } = this.settings;
    const over = new AbortController();
    const end = (): void => over.abort();
    const timer = setTimeout(end, timeoutMs);
    this.signal.addEventListener('abort', end);
    if (this.signal.aborted) end();
    try {
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        signal: over.signal,
        headers: { accept: CONTENT_TYPE, ...(schema && { 'content-type': CONTENT_TYPE }), ...headers },
        ...(schema && { body: toBody(schema) }),
      });
      const body = parse(await readBounded(response));
      const retryAfter = response.headers.get('retry-after');
      return judge({ status: response.status, body, retryAfter }, `${method} ${url}`);
    } catch (error) {
      const reason = over.signal.aborted ? `no answer within ${timeoutMs} ms` : causeOf(error);
      return { kind: 'unavailable', reason: `the schema registry ${url}: ${reason}` };
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener('abort', end);
    }
  }
}

function judge(exchange: Exchange, what: string): RegistryAnswer<Exchange> {
  const { status, body, retryAfter } = exchange;
  if (status === 200 && body !== null) return { kind: 'found', value: exchange };
  const code = body?.['error_code'];
  const detail = oneLine(typeof body?.['message'] === 'string' ? body['message'] : '');
  const isRedirect = status >= 300 && status < 400;
  const hint = isRedirect ? 'redirects are not followed; check schemaRegistry.url' : HINTS[status];
  const said = [detail, hint].filter((part) => part !== undefined && part !== '').join('; ');
  const reason = `the schema registry answered HTTP ${status} to ${what}${said === '' ? '' : `: ${said}`}`;
  if (status === 404 && typeof code === 'number' && UNKNOWN_CODES.has(code))
    return { kind: 'unknown', reason };
  if (REJECTIONS.has(status)) return { kind: 'rejected', reason };
  const seconds = Number(retryAfter ?? NaN);
  return { kind: 'unavailable', reason, ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }) };
}

function toSchema(answer: RegistryAnswer<Exchange>): RegistryAnswer<RegisteredSchema> {
  if (answer.kind !== 'found') return answer;
  const { schema, schemaType = 'AVRO', references } = answer.value.body ?? {};
  if (
    typeof schema !== 'string' ||
    (schemaType !== 'AVRO' && schemaType !== 'PROTOBUF' && schemaType !== 'JSON')
  )
    return { kind: 'unavailable', reason: 'the schema registry answered without a schema of a known type' };
  return { kind: 'found', value: { format: schemaType, text: schema, references: toReferences(references) } };
}

function toReferences(references: unknown): SchemaReference[] {
  if (!Array.isArray(references)) return [];
  return references.filter(
    (one): one is SchemaReference =>
      typeof one === 'object' &&
      one !== null &&
      typeof (one as SchemaReference).name === 'string' &&
      typeof (one as SchemaReference).subject === 'string' &&
      Number.isSafeInteger((one as SchemaReference).version),
  );
}

function toId(answer: RegistryAnswer<Exchange>): RegistryAnswer<number> {
  if (answer.kind !== 'found') return answer;
  const id = answer.value.body?.['id'];
  if (typeof id === 'number' && Number.isInteger(id) && id > 0 && id <= 0xffff_ffff)
    return { kind: 'found', value: id };
  return { kind: 'unavailable', reason: 'the schema registry answered without the id of the schema' };
}

function toBody({ format, text, references }: RegisteredSchema): string {
  return JSON.stringify({
    schema: text,
    ...(format !== 'AVRO' && { schemaType: format }),
    ...(references.length > 0 && { references }),
  });
}

function parse(text: string): Exchange['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** `fetch failed` has its reason in the cause. */
function causeOf(error: unknown): string {
  const cause = (error as { cause?: { code?: unknown; message?: unknown } } | null)?.cause;
  const code = cause?.code;
  return oneLine(typeof code === 'string' ? code : messageOf(cause ?? error));
}

function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MOST_DETAIL)
    .replace(/[^\x20-\x7e]/g, '?');
}
