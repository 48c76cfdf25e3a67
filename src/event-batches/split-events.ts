import { headerText, type Delivery, type Header } from '../core/message';
import { endOfValue } from '../codec/json-ends';

const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
/** Events of one message: all of them are taken at once. */
const MOST_EVENTS = 1_000;

/** The bytes of each event of a batch; undefined if it is not an array of 1 to 1,000 objects. Each is read by a worker. */
export function splitEvents(batch: Buffer): Buffer[] | undefined {
  const events: Buffer[] = [];
  let at = visible(batch, batch.indexOf(BYTE_ORDER_MARK) === 0 ? 3 : 0);
  if (batch[at] !== OPEN_BRACKET) return undefined;
  do {
    const start = visible(batch, at + 1);
    if (batch[start] !== OPEN_BRACE || events.length === MOST_EVENTS) return undefined;
    const end = endOfValue(batch, start);
    events.push(batch.subarray(start, end));
    at = visible(batch, end);
  } while (batch[at] === COMMA);
  const isWhole = batch[at] === CLOSE_BRACKET && visible(batch, at + 1) === batch.length;
  return isWhole ? events : undefined;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const EVENT_TYPE: Header = Object.freeze(['content-type', 'application/cloudevents+json'] as const);
/** Of the whole message; an event has its own. */
const OF_MESSAGE = new Set(['content-type', 'id', 'label']);

/** Whether a message holds a batch of events. */
export function isEventBatch({ headers }: Pick<Delivery, 'headers'>): boolean {
  if (headers.length === 0) return false;
  const type = headerText(headers, 'content-type')?.split(';', 1)[0];
  return type?.trim().toLowerCase() === 'application/cloudevents-batch+json';
}

/** Headers of one event of a message. */
export function eventHeaders(headers: readonly Header[]): readonly Header[] {
  return [EVENT_TYPE, ...headers.filter(([name]) => !OF_MESSAGE.has(name.toLowerCase()))];
}

function visible(bytes: Buffer, start: number): number {
  let at = start;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}
