/** An OpenTelemetry collector in this process: receives OTLP over HTTP and keeps the data. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

type Value = string | number | boolean;

/** The fields of a span that tests use. */
export interface CollectedSpan {
  readonly name: string;
  /** As in OTLP: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** ms since 1970. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly messages: number }[];
  readonly events: readonly Readonly<Record<string, Value>>[];
  /** 2 is an error. */
  readonly status: number;
  readonly statusMessage: string;
  /** Of the process. */
  readonly resource: Readonly<Record<string, Value>>;
}

export interface ExportRequest {
  readonly contentType: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

export class Collector {
  readonly spans: CollectedSpan[] = [];
  readonly requests: ExportRequest[] = [];
  /** Response status; with another status than 200 nothing is kept. */
  status = 200;
  url = '';
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void buffer(request).then((body) => {
        const contentType = String(request.headers['content-type']);
        this.requests.push({ contentType, headers: request.headers, body });
        if (this.status === 200 && contentType === 'application/json')
          this.spans.push(...readSpans(JSON.parse(body.toString()) as Exported));
        response
          .writeHead(this.status, { 'content-type': contentType })
          .end(contentType.includes('json') ? '{}' : '');
      });
    });
  }

  static async start(): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((resolve) => collector.#server.listen(0, '127.0.0.1', resolve));
    collector.url = `http://127.0.0.1:${(collector.#server.address() as AddressInfo).port}`;
    return collector;
  }

  /** Environment of a process that sends JSON here without delay. */
  get env(): NodeJS.ProcessEnv {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: this.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    };
  }

  named(name: string): CollectedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface AnyValue {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}
type Pairs = readonly { readonly key: string; readonly value: AnyValue }[];

/** The fields read from OTLP in JSON. */
interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Pairs };
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}
interface ExportedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Pairs;
  readonly links?: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Pairs;
  }[];
  readonly events?: readonly { readonly name: string; readonly attributes: Pairs }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

function readSpans({ resourceSpans }: Exported): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => readSpan(span, toRecord(resource.attributes)))),
  );
}

function readSpan(span: ExportedSpan, resource: CollectedSpan['resource']): CollectedSpan {
  const { name, kind, traceId, spanId, parentSpanId = '', links = [], events = [], status } = span;
  return {
    name,
    kind,
    traceId,
    spanId,
    parentSpanId,
    start: Number(span.startTimeUnixNano) / 1e6,
    end: Number(span.endTimeUnixNano) / 1e6,
    attributes: toRecord(span.attributes),
    links: links.map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      messages: Number(toRecord(link.attributes)['stream_infer.messages']),
    })),
    events: events.map((event) => ({ name: event.name, ...toRecord(event.attributes) })),
    status: status?.code ?? 0,
    statusMessage: status?.message ?? '',
    resource,
  };
}

function toRecord(pairs: Pairs): Record<string, Value> {
  return Object.fromEntries(
    pairs.map(({ key, value }) => [
      key,
      value.stringValue ?? value.doubleValue ?? value.boolValue ?? Number(value.intValue),
    ]),
  );
}
