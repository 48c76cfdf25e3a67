import type { EventWithImage } from '../core/event';

/** What is to be done with an event; each is noted when it is done. */
export const EVENT_TASKS = ['store', 'alert', 'post', 'publish'] as const;
export type EventTask = (typeof EVENT_TASKS)[number];

/** An event of which something is still to be done. */
export interface OpenEvent extends EventWithImage {
  readonly tasks: readonly EventTask[];
}
