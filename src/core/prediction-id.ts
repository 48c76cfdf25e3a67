import { headerText, type Delivery, type Header } from './message';

/**
 * The `id` header, a CloudEvents id, the id in a JSON envelope, else the source id: equal for every delivery of the
 * same input.
 */
export function predictionId(delivery: Pick<Delivery, 'headers' | 'sourceId'>, envelopeId?: string): string {
  return idInHeaders(delivery.headers) ?? (envelopeId || delivery.sourceId);
}

/** Undefined where no header contains one, or it is empty. */
export function idInHeaders(headers: readonly Header[]): string | undefined {
  if (headers.length === 0) return undefined;
  const id = headerText(headers, 'id') ?? headerText(headers, 'ce_id') ?? headerText(headers, 'ce-id');
  return id === '' ? undefined : id;
}
