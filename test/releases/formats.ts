/** Each file of the data folder: how this release writes it, and how it reads that of an earlier one. */
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { EventJournal } from '../../src/alerting/event-journal';
import { PublishedTable } from '../../src/brokers/pubsub/published-table';
import { SkippedRecords } from '../../src/core/skipped-records';
import { createCrashFile } from '../../src/quarantine/crash-file';
import { readCrashRecords } from '../../src/quarantine/crash-record-files';
import { CallbackJournal } from '../../src/requests/callback-journal';
import { createStoredEvents } from '../../src/results/store/stored-events';
import { createStoredLabels } from '../../src/results/store/stored-labels';
import { ResultsStore } from '../../src/results/store/store';
import { AuditLog } from '../../src/steering/audit-log';
import { makeEvent } from '../helpers/events';
import { makeLabel } from '../helpers/labels';
import { SILENT_LOG } from '../helpers/services';
import { mixedOutcomes } from '../helpers/store';

export interface Format {
  /** Name of the file in the folder of a release. */
  readonly file: string;
  write(folder: string): Promise<void>;
  /** What a newer process gets from the file, as JSON. */
  read(folder: string): Promise<unknown>;
}

/** Of the written records; the table of published messages forgets them after a month. */
const WRITTEN_AT = Date.UTC(2026, 10, 30);
const INSTANCE = 'camera-1';
/** Longer than an image's source id. */
const SLOT_BYTES = 4_096;

const eventJournal: Format = {
  file: 'events.log',
  async write(folder) {
    const state = { bags: { seen: ['a', 'b'], pending: [1], firedAt: 2, lastAt: 3 } };
    const journal = openEvents(folder, state);
    journal.start();
    journal.append(WRITTEN_AT, new Map([['bags', ['c']]]), [
      { ...makeEvent({ id: 'e1', alert: 7 }), tasks: ['store', 'post'] },
      { ...makeEvent({ id: 'e2' }), tasks: ['publish'] },
    ]);
    journal.done('e1', 'store');
    journal.done('e2', 'publish');
  },
  async read(folder) {
    const { content } = openEvents(folder, {});
    return { ...content, unfinished: content.unfinished.map(({ event, tasks }) => [event.id, tasks]) };
  },
};

function openEvents(folder: string, state: ReturnType<ConstructorParameters<typeof EventJournal>[2]>) {
  return new EventJournal(join(folder, eventJournal.file), SILENT_LOG, () => state, new SkippedRecords());
}

const callbacks: Format = {
  file: 'callbacks.log',
  async write(folder) {
    const journal = openCallbacks(folder);
    for (const id of ['a', 'b']) journal.add({ id, url: `https://example.com/${id}`, at: WRITTEN_AT });
    journal.done('a');
    journal.close();
  },
  async read(folder) {
    const journal = openCallbacks(folder);
    journal.close();
    return [...journal.open.values()];
  },
};

function openCallbacks(folder: string): CallbackJournal {
  return new CallbackJournal(join(folder, callbacks.file), SILENT_LOG, new SkippedRecords());
}

const published: Format = {
  file: `${INSTANCE}.table`,
  async write(folder) {
    const table = await openTable(folder);
    await table.addPublished(['open', 'closed']);
    await table.addAcknowledged(['closed']);
    await table.close();
  },
  async read(folder) {
    const table = await openTable(folder);
    await table.close();
    return ['open', 'closed', 'never'].map((id) => table.has(id));
  },
};

function openTable(folder: string): Promise<PublishedTable> {
  return PublishedTable.open(folder, INSTANCE, SILENT_LOG, () => WRITTEN_AT);
}

const crash: Format = {
  file: 'crash.unclean',
  async write(folder) {
    const path = join(folder, 'crash.journal');
    const file = createCrashFile(path, SLOT_BYTES, { host: 'elsewhere', pid: 1, startedAt: 1 });
    file.put(['kafka:images:0:17', 'kafka:images:0:18']);
    file.clear(file.put(['kafka:images:0:19']) ?? NaN);
    renameSync(path, join(folder, crash.file));
  },
  async read(folder) {
    const records = readCrashRecords(folder);
    return [17, 18, 19].map((offset) => records.crashCount(`kafka:images:0:${offset}`));
  },
};

const audit: Format = {
  file: 'audit.log',
  async write(folder) {
    const log = openAudit(folder);
    const asked = { by: 'anna', via: 'api', address: '127.0.0.1', reason: 'deployment', detail: '' } as const;
    log.end(log.begin({ ...asked, action: 'pause' }), 'done', 'paused');
    log.begin({ ...asked, action: 'resume' });
  },
  async read(folder) {
    return openAudit(folder)
      .list(10)
      .map(({ number, action, by, outcome }) => [number, action, by, outcome]);
  },
};

function openAudit(folder: string): AuditLog {
  return new AuditLog(join(folder, audit.file), SILENT_LOG);
}

const store: Format = {
  file: 'predictions.db',
  async write(folder) {
    const results = await openStore(folder);
    results.onOutcomes(mixedOutcomes(12));
    await results.list({ limit: 1 });
    await createStoredEvents(results).insert(makeEvent({ id: 'e1', alert: 1 }));
    await createStoredLabels(results).put(makeLabel({ id: 'n3' }));
    await results.close();
  },
  async read(folder) {
    const results = await openStore(folder);
    try {
      const { judged, correct } = await results.confusion();
      return {
        predictions: (await results.list({ limit: 50 })).map(({ seq, prediction }) => [seq, prediction.id]),
        counts: [judged, correct],
        pixel: (await results.image('n3'))?.pixels[0],
        events: (await createStoredEvents(results).list({ limit: 5 })).map(({ id }) => id),
        labels: (await createStoredLabels(results).list({ limit: 5 })).map(({ id, label }) => [id, label]),
      };
    } finally {
      await results.close();
    }
  },
};

async function openStore(folder: string): Promise<ResultsStore> {
  const results = new ResultsStore({
    path: join(folder, store.file),
    images: 'all',
    // The rows of a release stay until the end of the project.
    retain: { rows: 10_000, days: 36_500 },
    log: SILENT_LOG,
    alone: true,
  });
  try {
    await results.open();
  } catch (error) {
    await results.close();
    throw error;
  }
  return results;
}

export const FORMATS: readonly Format[] = [eventJournal, callbacks, published, crash, audit, store];

/** What the release that wrote the folder read from it. */
export function expectedIn(folder: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, unknown>;
}
