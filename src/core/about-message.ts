import { headerText, type Delivery } from './message';

/** Fields of a log line about one message: they lead to the message in its topic, and to its trace. */
export interface MessageFields {
  readonly sourceId: string;
  /** 32 hex digits; absent where the message carries no valid W3C trace context. */
  readonly traceId?: string;
}

/** Version, trace id, and parent id; trace ids of zeros are invalid. */
const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-/;

/** The fields of a log line about this message. Not for the hot path: it builds strings. */
export function aboutMessage({ sourceId, headers }: Pick<Delivery, 'sourceId' | 'headers'>): MessageFields {
  const traceId = traceIdIn(headers);
  return traceId === undefined ? { sourceId } : { sourceId, traceId };
}

function traceIdIn(headers: Delivery['headers']): string | undefined {
  if (headers.length === 0) return undefined;
  const context = headerText(headers, 'traceparent') ?? headerText(headers, 'googclient_traceparent');
  return context === undefined ? undefined : TRACEPARENT.exec(context)?.[1];
}
