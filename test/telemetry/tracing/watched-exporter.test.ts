import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { watchedExporter } from '../../../src/telemetry/tracing/watched-exporter';
import { SILENT_LOG } from '../../helpers/services';

it('logs once that spans are lost, and their number after the recovery', () => {
  const said: unknown[] = [];
  const results: number[] = [];
  let away = true;
  const exporter: SpanExporter = {
    export: (_spans, report) => report(away ? { code: 1, error: new Error('refused') } : { code: 0 }),
    shutdown: async () => undefined,
  };
  const log = {
    ...SILENT_LOG,
    warn: (fields: object, message: string) => void said.push([message, fields]),
    info: (fields: object, message: string) => void said.push([message, fields]),
  };
  const watched = watchedExporter(exporter, log);
  const send = () => watched.export([{}, {}] as ReadableSpan[], ({ code }) => void results.push(code));
  send();
  send();
  away = false;
  send();
  send();
  expect(results).toEqual([1, 1, 0, 0]);
  expect(said).toEqual([
    ['spans cannot be sent; images are processed without traces', { error: 'refused' }],
    ['spans are sent again', { lost: 4 }],
  ]);
});
