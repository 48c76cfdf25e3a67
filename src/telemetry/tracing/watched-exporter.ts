import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/ports';

type Report = Parameters<SpanExporter['export']>[1];

/** Logs once when spans cannot be sent, and once when they can again, instead of for every batch of spans. */
export function watchedExporter(exporter: SpanExporter, log: Log): SpanExporter {
  let lost: number | null = null;
  const onResult = (spans: number, { code, error }: Parameters<Report>[0]): void => {
    if (code === ExportResultCode.SUCCESS) {
      if (lost !== null) log.info({ lost }, 'spans are sent again');
      lost = null;
      return;
    }
    if (lost === null)
      log.warn(
        { error: error && messageOf(error) },
        'spans cannot be sent; images are processed without traces',
      );
    lost = (lost ?? 0) + spans;
  };
  return {
    export: (spans: ReadableSpan[], report: Report) =>
      exporter.export(spans, (result) => {
        onResult(spans.length, result);
        report(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => await exporter.forceFlush?.(),
  };
}
