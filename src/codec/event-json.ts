import type { DerivedImages, EventWithImage, RuleEvent } from '../core/event';
import type { OutgoingMessage } from '../core/message';
import type { CloudEventPrefix } from './cloud-event-prefix';
import { eventPng } from './event-image';

/** Message of the alerts topic and the webhook: the event without its images. */
export interface AlertMessage extends RuleEvent {
  readonly number: number;
  /** The process that raised it: each has its own numbers. */
  readonly instance: string;
  /** URL of the page that shows it, on that process's HTTP server. */
  readonly page: string;
}

export function toAlertMessage(event: RuleEvent, number: number, instance: string): AlertMessage {
  return { ...event, number, instance, page: `/alerts/${number}` };
}

/** An alert as a message: JSON of `schema/alert.v1.json`, keyed by its rule. Duplicates have the same id. */
export function encodeAlert(alert: AlertMessage, prefix: CloudEventPrefix): OutgoingMessage {
  return {
    key: alert.rule,
    value: Buffer.from(JSON.stringify(alert)),
    headers: [['alert', String(alert.number)], ...headersOf(alert, 'alert', prefix)],
  };
}

/** An event as a message: JSON of `schema/event.v1.json`, its images as base64 of PNG files; keyed by its rule. */
export function encodeEvent(
  open: EventWithImage,
  derived: DerivedImages | null,
  prefix: CloudEventPrefix,
): OutgoingMessage {
  const { event } = open;
  const image = eventPng(open);
  const images = {
    ...(image && { image: image.toString('base64') }),
    ...(derived && {
      enlarged: Buffer.from(derived.enlarged).toString('base64'),
      occlusion: Buffer.from(derived.occlusion).toString('base64'),
    }),
  };
  return {
    key: event.rule,
    value: Buffer.from(JSON.stringify({ ...event, images })),
    headers: headersOf(event, 'event', prefix),
  };
}

function headersOf(
  event: RuleEvent,
  what: 'event' | 'alert',
  prefix: CloudEventPrefix,
): OutgoingMessage['headers'] {
  return [
    ['content-type', 'application/json'],
    ['rule', event.rule],
    ['severity', event.severity],
    [`${prefix}specversion`, '1.0'],
    [`${prefix}type`, `stream-infer.${what}.v1`],
    [`${prefix}source`, `/stream-infer/rules/${encodeURIComponent(event.rule)}`],
    [`${prefix}id`, event.id],
    [`${prefix}time`, event.at],
  ];
}
