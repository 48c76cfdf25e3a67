import { z } from 'zod';
import { checked, checkedJson } from '../codec/checked';
import { noticedEventSchema } from '../codec/event-schema';
import { IMAGE_PIXELS } from '../core/image';
import type { EngineState } from './engine';
import { EVENT_TASKS, type EventTask, type OpenEvent } from './open-event';
import type { WindowState } from './window';

/** An event as a line has it: its image as base64. */
export type OpenLine = Omit<OpenEvent, 'pixels'> & { readonly pixels: string | null };

/** One line of the journal of events, as JSON. */
export type Line =
  | {
      readonly snapshot: {
        readonly state: EngineState;
        readonly lastAlert: number;
        readonly open: readonly OpenLine[];
      };
    }
  | {
      readonly at: number;
      readonly matches: Record<string, readonly string[]>;
      readonly events: readonly OpenLine[];
    }
  | { readonly done: EventTask; readonly id: string };

/** What an earlier run left behind. */
export interface JournalContent {
  readonly state: EngineState;
  /** After `state`, in order. */
  readonly matches: readonly {
    readonly at: number;
    readonly matches: readonly (readonly [string, readonly string[]])[];
  }[];
  readonly open: readonly OpenEvent[];
  readonly lastAlert: number;
}

const count = z.int().min(0);
const windowSchema: z.ZodType<WindowState> = z.object({
  seen: z.array(z.string()),
  pending: z.array(z.number()),
  firedAt: z.number().nullable(),
  lastAt: z.number().nullable(),
});
const openSchema: z.ZodType<OpenEvent> = z.object({
  event: noticedEventSchema,
  tasks: z.array(z.enum(EVENT_TASKS)),
  pixels: z
    .base64()
    .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
    .refine((pixels) => pixels.length === IMAGE_PIXELS, `Expected ${IMAGE_PIXELS} bytes`)
    .nullable(),
});
// The parts of a snapshot are checked one by one: a wrong one does not take the others with it.
const snapshotSchema = z.object({
  snapshot: z.object({
    state: z.record(z.string(), z.unknown()),
    lastAlert: count,
    open: z.array(z.unknown()),
  }),
});
const matchesSchema = z.object({
  at: z.number(),
  matches: z.record(z.string(), z.array(z.string())),
  events: z.array(z.unknown()),
});
const doneSchema = z.object({ done: z.enum(EVENT_TASKS), id: z.string() });
const lineSchema = z.union([snapshotSchema, matchesSchema, doneSchema], {
  error: 'Expected a snapshot, matches, or a task that is done',
});

/**
 * Puts together what the lines say. Lines and events with a wrong shape are left out, each with its problem. A last line that was
 * not written to its end is not one of them: it belongs to messages that were not settled, which come again.
 */
export function readLines(text: string): { content: JournalContent; problems: readonly string[] } {
  const state: Record<string, WindowState> = {};
  const matches: { at: number; matches: [string, string[]][] }[] = [];
  const open = new Map<string, OpenEvent>();
  const problems: string[] = [];
  let lastAlert = 0;

  function valid<T>(schema: z.ZodType<T>, value: unknown): T[] {
    const result = checked(schema, value);
    if ('value' in result) return [result.value];
    problems.push(result.problem);
    return [];
  }

  function addEvents(events: readonly unknown[]): void {
    for (const one of events.flatMap((event) => valid(openSchema, event))) {
      open.set(one.event.id, one);
      lastAlert = Math.max(lastAlert, one.event.alert ?? 0);
    }
  }

  function done(id: string, task: EventTask): void {
    const event = open.get(id);
    const tasks = event?.tasks.filter((one) => one !== task) ?? [];
    if (event && tasks.length > 0) open.set(id, { ...event, tasks });
    else open.delete(id);
  }

  function take(line: z.infer<typeof lineSchema>): void {
    if ('done' in line) return done(line.id, line.done);
    if ('at' in line) {
      matches.push({ at: line.at, matches: Object.entries(line.matches) });
      return addEvents(line.events);
    }
    for (const [rule, window] of Object.entries(line.snapshot.state))
      for (const one of valid(windowSchema, window)) state[rule] = one;
    lastAlert = Math.max(lastAlert, line.snapshot.lastAlert);
    addEvents(line.snapshot.open);
  }

  const lines = text.split('\n');
  const cut = lines.pop() ?? '';
  for (const line of lines.filter(Boolean)) {
    const result = checkedJson(lineSchema, line);
    if ('value' in result) take(result.value);
    else problems.push(result.problem);
  }
  const last = cut === '' ? undefined : checkedJson(lineSchema, cut);
  if (last && 'value' in last) take(last.value);
  return { content: { state, matches, open: [...open.values()], lastAlert }, problems };
}
