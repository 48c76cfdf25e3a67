import { headerText, type Delivery, type Header } from './message';

/** The `id` header, a CloudEvents id, the id in a JSON envelope, else the source id: the same input has always the same. */
export function predictionId(delivery: Pick<Delivery, 'headers' | 'sourceId'>, envelopeId?: string): string {
  return idInHeaders(delivery.headers) ?? (envelopeId || delivery.sourceId);
}

/** Undefined where no header says one, or an empty one. */
export function idInHeaders(headers: readonly Header[]): string | undefined {
  if (headers.length === 0) return undefined;
  const id = headerText(headers, 'id') ?? headerText(headers, 'ce_id') ?? headerText(headers, 'ce-id');
  return id === '' ? undefined : id;
}
