import { z } from 'zod';
import { checked, checkedJson } from '../codec/checked';
import { ruleEventSchema } from '../codec/event-schema';
import { messageOf } from '../core/errors';
import type { EventWithImage, OriginalValue } from '../core/event';
import { MAX_IMAGE_SIDE } from '../core/image';
import { bytesPerImage } from '../core/model-shape';
import { DEFAULT_SIZE } from '../core/picture';
import type { Log } from '../core/ports';
import { keepDamaged, readLog } from '../core/record-log/read-log';
import { SyncRecordLog } from '../core/record-log/sync-log';
import type { SkippedRecords } from '../core/skipped-records';
import type { EngineState, Matches, WindowState } from './rule-engine';

/** The work that an event causes; the journal records each task when it is done. */
export const EVENT_TASKS = ['store', 'alert', 'post', 'publish', 'keep'] as const;
export type EventTask = (typeof EVENT_TASKS)[number];

/** An event with unfinished tasks. */
export interface UnfinishedEvent extends EventWithImage {
  readonly tasks: readonly EventTask[];
  /** For the task `keep`; in memory only, since it may be large. */
  readonly original?: OriginalValue;
}

/** The state that an earlier run left behind. */
export interface JournalContent {
  readonly state: EngineState;
  /** Later than `state`, in order. */
  readonly matches: readonly {
    readonly at: number;
    readonly matches: readonly (readonly [string, readonly string[]])[];
  }[];
  readonly unfinished: readonly UnfinishedEvent[];
  readonly lastAlert: number;
}

/** Between two attempts while the file cannot be written, ms: each attempt writes a whole snapshot. */
const RETRY_MS = 1_000;

/**
 * Durable state of the rules: matches counted so far and events with unfinished tasks. It is written before messages are
 * acknowledged, so a crash loses no event, and a redelivered message does not create a second one.
 *
 * One record for each batch with a match, written synchronously and without fsync. If the disk fails, the journal reports
 * it once and keeps its state in memory only.
 */
export class EventJournal {
  readonly content: JournalContent;
  readonly #records: SyncRecordLog;
  readonly #unfinished = new Map<string, UnfinishedEvent>();
  #lastAlert: number;
  #alarm: string | null = null;
  #retryAt = 0;

  /** @param stateOf the current state of the rules */
  constructor(
    private readonly path: string,
    private readonly log: Log,
    stateOf: () => EngineState,
    skipped: SkippedRecords,
  ) {
    this.content = readJournal(path, skipped, log);
    for (const event of this.content.unfinished) this.#unfinished.set(event.event.id, event);
    this.#lastAlert = this.content.lastAlert;
    this.#records = new SyncRecordLog(path, () => ({
      snapshot: {
        state: stateOf(),
        lastAlert: this.#lastAlert,
        open: [...this.#unfinished.values()].map(toRecord),
      },
    }));
  }

  /** Why the journal cannot be written at the moment. */
  get alarm(): string | null {
    return this.#alarm;
  }

  /** Replaces the file by a snapshot; call it once the content is restored. */
  start(): void {
    this.#try(() => this.#records.rewrite());
  }

  append(at: number, matches: Matches, events: readonly UnfinishedEvent[]): void {
    for (const event of events) {
      this.#unfinished.set(event.event.id, event);
      this.#lastAlert = Math.max(this.#lastAlert, event.event.alert ?? 0);
    }
    this.#write({ at, matches: Object.fromEntries(matches), events: events.map(toRecord) });
  }

  done(id: string, task: EventTask): void {
    if (!this.#unfinished.has(id)) return;
    finishTask(this.#unfinished, id, task);
    this.#write({ done: task, id });
  }

  close(): void {
    this.#try(() => this.#records.rewrite());
    this.#records.close();
  }

  #write(record: object): void {
    if (this.#alarm !== null && performance.now() < this.#retryAt) return;
    this.#try(() => this.#records.append(record));
  }

  #try(work: () => void): void {
    try {
      work();
      if (this.#alarm !== null) this.log.info({ path: this.path }, 'event journal is writable again');
      this.#alarm = null;
    } catch (error) {
      const reason = messageOf(error);
      if (this.#alarm === null)
        this.log.error(
          { path: this.path, reason },
          'cannot write the event journal; a crash may lose events',
        );
      this.#alarm = reason;
      this.#retryAt = performance.now() + RETRY_MS;
    }
  }
}

/** The image as base64, without the original. */
function toRecord({ event, tasks, pixels, imageSize }: UnfinishedEvent): object {
  const image = pixels && Buffer.from(pixels).toString('base64');
  return { event, imageSize, tasks, pixels: image };
}

function finishTask(unfinished: Map<string, UnfinishedEvent>, id: string, task: EventTask): void {
  const event = unfinished.get(id);
  const tasks = event?.tasks.filter((one) => one !== task) ?? [];
  if (event && tasks.length > 0) unfinished.set(id, { ...event, tasks });
  else unfinished.delete(id);
}

/** Restores the valid records of an earlier run; a copy of a damaged file is kept. Never throws. */
function readJournal(path: string, skipped: SkippedRecords, log: Log): JournalContent {
  try {
    const { records, problems: damaged } = readLog(path);
    const { content, problems } = restore(records);
    const [problem] = [...damaged, ...problems];
    if (problem !== undefined) {
      const movedTo = keepDamaged(path, log);
      skipped.add('event-journal', damaged.length + problems.length, { problem, path, movedTo }, log);
    }
    return content;
  } catch (error) {
    log.error({ path, error: messageOf(error) }, 'cannot read the event journal; starting with an empty one');
    return restore([]).content;
  }
}

const windowSchema: z.ZodType<WindowState> = z.object({
  seen: z.array(z.string()),
  pending: z.array(z.number()),
  firedAt: z.number().nullable(),
  lastAt: z.number().nullable(),
});
const side = z.int().min(1).max(MAX_IMAGE_SIDE);
const unfinishedSchema: z.ZodType<UnfinishedEvent> = z
  .object({
    event: ruleEventSchema,
    tasks: z.array(z.enum(EVENT_TASKS)),
    pixels: z
      .base64()
      .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
      .nullable(),
    imageSize: z
      .object({ width: side, height: side, channels: z.union([z.literal(1), z.literal(3)]) })
      .exactOptional(),
  })
  .refine(
    ({ pixels, imageSize }) => pixels === null || pixels.length === bytesPerImage(imageSize ?? DEFAULT_SIZE),
    { error: 'Expected as many bytes as the image has', path: ['pixels'] },
  );
// The parts of a snapshot are checked one by one, so that an invalid part does not discard the valid ones.
const snapshotSchema = z.object({
  snapshot: z.object({
    state: z.record(z.string(), z.unknown()),
    lastAlert: z.int().min(0),
    open: z.array(z.unknown()),
  }),
});
const matchesSchema = z.object({
  at: z.number(),
  matches: z.record(z.string(), z.array(z.string())),
  events: z.array(z.unknown()),
});
const doneSchema = z.object({ done: z.enum(EVENT_TASKS), id: z.string() });
const recordSchema = z.union([snapshotSchema, matchesSchema, doneSchema], {
  error: 'Expected a snapshot, matches, or a finished task',
});

/** Invalid records and events are left out, each with its problem. */
function restore(records: readonly string[]): { content: JournalContent; problems: readonly string[] } {
  const state: Record<string, WindowState> = {};
  const matches: { at: number; matches: [string, string[]][] }[] = [];
  const unfinished = new Map<string, UnfinishedEvent>();
  const problems: string[] = [];
  let lastAlert = 0;

  function valid<T>(schema: z.ZodType<T>, value: unknown): T[] {
    const result = checked(schema, value);
    if ('value' in result) return [result.value];
    problems.push(result.problem);
    return [];
  }

  function addEvents(events: readonly unknown[]): void {
    for (const one of events.flatMap((event) => valid(unfinishedSchema, event))) {
      unfinished.set(one.event.id, one);
      lastAlert = Math.max(lastAlert, one.event.alert ?? 0);
    }
  }

  function add(record: z.infer<typeof recordSchema>): void {
    if ('done' in record) return finishTask(unfinished, record.id, record.done);
    if ('at' in record) {
      matches.push({ at: record.at, matches: Object.entries(record.matches) });
      return addEvents(record.events);
    }
    for (const [rule, window] of Object.entries(record.snapshot.state))
      for (const one of valid(windowSchema, window)) state[rule] = one;
    lastAlert = Math.max(lastAlert, record.snapshot.lastAlert);
    addEvents(record.snapshot.open);
  }

  for (const json of records) {
    const result = checkedJson(recordSchema, json);
    if ('value' in result) add(result.value);
    else problems.push(result.problem);
  }
  return { content: { state, matches, unfinished: [...unfinished.values()], lastAlert }, problems };
}
