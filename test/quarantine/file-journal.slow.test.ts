import { spawnSync } from 'node:child_process';
import fs, { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedJournal } from '../../src/quarantine/crash-journal';
import { openFileJournal } from '../../src/quarantine/file-journal';
import { HEADER_BYTES } from '../../src/core/record-log/slot-log';
import { createCrashFile } from '../../src/quarantine/crash-file';
import { tryLock } from '../../src/setup/kernel-lock';
import { thisMachine } from '../../src/setup/machine';
import { lockOf, type JournalOwner } from '../../src/quarantine/owner';
import type { Death } from '../../src/quarantine/quarantine';
import type { BatchResult } from '../../src/core/classification';
import { packed } from '../fixtures/batch';

const log = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };
const innocent: BatchResult = {
  probabilities: new Float32Array(10).fill(0.1),
  failures: new Map(),
  decoded: new Map(),
  inferenceMs: 1,
};
const SLOT_BYTES = 4_096;
const image = packed([Buffer.alloc(784)]);

let folder: string;
const opened: RecordedJournal[] = [];

beforeEach(() => {
  jest.clearAllMocks();
  folder = mkdtempSync(join(tmpdir(), 'stream-infer-journal-'));
});

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(opened.splice(0).map((journal) => journal.close()));
  rmSync(folder, { recursive: true, force: true });
});

function open(outcome: BatchResult | Death = innocent, where = folder): RecordedJournal | undefined {
  const quarantine = { classify: async () => outcome, close: async () => undefined };
  const journal = openFileJournal({ folder: where, instanceId: 'a/b', maxBatch: 64, quarantine, log });
  if (journal) opened.push(journal);
  return journal;
}

/** The pid of an ended process. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

let files = 0;

/** The journal of a process that died with these batches in its workers. */
function died(batches: readonly string[][], owner: Partial<JournalOwner> = {}): string {
  const path = join(folder, `run-${++files}.journal`);
  const file = createCrashFile(path, SLOT_BYTES, {
    host: hostname(),
    pid: deadPid(),
    startedAt: 1,
    ...owner,
  });
  for (const ids of batches) file.put(ids);
  return path;
}

const suspects = (journal: RecordedJournal | undefined, ids: readonly string[]) =>
  ids.filter((id) => journal?.isSuspected({ sourceId: id }));

describe('the crash journal', () => {
  it('suspects only images that were in a worker in two crashed runs', () => {
    died([['a', 'b'], ['c']]);
    died([['b', 'd'], ['c']]);
    expect(suspects(open(), ['a', 'b', 'c', 'd', 'e'])).toEqual(['b', 'c']);
    expect(log.warn).toHaveBeenCalledWith({ runs: 2, suspects: 2 }, expect.anything());
  });

  it('counts a crashed run once, even after several restarts', async () => {
    died([['a']]);
    for (let i = 0; i < 3; i++) {
      const journal = open();
      expect(journal?.isSuspected({ sourceId: 'a' })).toBe(false);
      await journal?.close();
    }
  });

  it('does not suspect batches that returned before the crash', () => {
    for (let run = 0; run < 2; run++) {
      const path = died([['a'], ['b']]);
      expect(fs.existsSync(path)).toBe(true);
      const file = createCrashFile(`${path}.journal`, SLOT_BYTES, {
        host: hostname(),
        pid: deadPid(),
        startedAt: 1,
      });
      const slot = file.put(['back', 'in time']);
      file.put(['still', 'there']);
      file.clear(slot as number);
    }
    expect(suspects(open(), ['back', 'in time', 'still', 'there'])).toEqual(['still', 'there']);
  });

  it('reads the journals of earlier versions, which have no checksums', () => {
    for (let run = 0; run < 2; run++) {
      const owner = { host: hostname(), pid: deadPid(), startedAt: 1 };
      const header = JSON.stringify({ format: 'stream-infer journal 1', slotBytes: SLOT_BYTES, ...owner });
      const slots = [JSON.stringify(['a', 'b']), '', JSON.stringify(['c'])];
      const text = slots.map((slot) => `${slot}\n`.padEnd(SLOT_BYTES, '\0')).join('');
      writeFileSync(join(folder, `old-${run}.journal`), `${header}\n`.padEnd(HEADER_BYTES, '\0') + text);
    }
    expect(suspects(open(), ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  });

  it('reuses the slot of a returned batch', () => {
    const path = join(folder, 'own.journal');
    const file = createCrashFile(path, SLOT_BYTES);
    for (let i = 0; i < 1_000; i++) file.clear(file.put([`images/0/${i}`]) as number);
    expect(fs.statSync(path).size).toBeLessThanOrEqual(HEADER_BYTES + SLOT_BYTES);
    file.remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is removed on an orderly shutdown, even with open batches', async () => {
    const journal = open();
    journal?.begin(['a']);
    expect(readdirSync(folder).filter((name) => name.endsWith('.journal'))).toHaveLength(1);
    await journal?.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('clears images that a worker has classified since, and a run when all of its images are cleared', () => {
    died([['a', 'b']]);
    died([['a', 'b']]);
    const journal = open();
    journal?.begin(['a'])();
    expect(suspects(journal, ['a', 'b'])).toEqual(['b']);
    journal?.begin(['b'])();
    expect(readdirSync(folder).filter((name) => name.endsWith('.unclean'))).toEqual([]);
  });

  it('ignores the journals of running processes and of other machines', () => {
    for (let i = 0; i < 2; i++) {
      died([['a']], { pid: process.ppid });
      died([['b']], { host: 'another-machine' });
      died([['c']], { pid: process.pid });
    }
    const own = open();
    own?.begin(['d']);
    expect(suspects(open(), ['a', 'b', 'c', 'd'])).toEqual(['c']);
  });

  it('detects by its lock whether a process in another container is running', () => {
    const { boot } = thisMachine();
    const container = {
      host: 'a-container',
      pid: 1,
      startedAt: 1,
      locked: true,
      ...(boot && { boot }),
    } as const;
    const locks = [1, 2].map(() => {
      died([['dead']], container);
      return tryLock(lockOf(died([['alive']], container)));
    });
    expect(suspects(open(), ['dead', 'alive'])).toEqual(['dead']);
    for (const lock of locks) lock?.release();
    expect(suspects(open(), ['dead', 'alive'])).toEqual(['dead', 'alive']);
    expect(readdirSync(folder).filter((name) => name.startsWith('run-') && name.endsWith('.lock'))).toEqual(
      [],
    );
  });

  it('takes over the journals from before a reboot', () => {
    for (let i = 0; i < 2; i++) died([['a']], { pid: process.ppid, boot: 'an-earlier-one' });
    expect(suspects(open(), ['a'])).toEqual(['a']);
  });

  it('classifies a suspect alone, and clears it if the process survives', async () => {
    died([['a']]);
    died([['a']]);
    const journal = open();
    expect(await journal?.classifyAlone({ sourceId: 'a', headers: [] }, image)).toBe(innocent);
    expect(journal?.isSuspected({ sourceId: 'a' })).toBe(false);
  });

  it('fails a confirmed image with the cause of the crash, and keeps it suspected', async () => {
    died([['a']]);
    died([['a']]);
    const journal = open({ kind: 'death', how: 'was ended by SIGSEGV' });
    const result = await journal?.classifyAlone({ sourceId: 'a', headers: [] }, image);
    expect([...(result?.failures ?? [])]).toEqual([
      [
        0,
        {
          code: 'PROCESS_CRASH',
          message:
            'The process crashed in 2 runs while a worker had this image; a child process with this image alone was ended by SIGSEGV.',
          stage: 'inference',
          attempts: 3,
        },
      ],
    ]);
    expect(journal?.isSuspected({ sourceId: 'a' })).toBe(true);
  });
});

describe('an unusual journal folder', () => {
  it('with torn files: torn records are skipped, the others count', () => {
    for (let run = 0; run < 2; run++) {
      const path = died([
        ['torn', 'batch'],
        ['whole', 'batch 2'],
      ]);
      const bytes = fs.readFileSync(path);
      bytes.fill(0, HEADER_BYTES + 9, HEADER_BYTES + 30);
      writeFileSync(path, bytes);
      const short = died([['first'], ['cut off']]);
      fs.truncateSync(short, HEADER_BYTES + SLOT_BYTES + 4);
      fs.truncateSync(died([['nothing']]), 20);
    }
    expect(suspects(open(), ['torn', 'batch', 'whole', 'batch 2', 'first', 'cut off', 'nothing'])).toEqual([
      'whole',
      'batch 2',
      'first',
    ]);
  });

  it('with foreign files: they are ignored', () => {
    const foreign = {
      'notes.journal': 'Dear diary',
      'empty.journal': '',
      'numbers.journal': '42\n',
      'huge.journal': `${JSON.stringify({ format: 'stream-infer journal 1', host: hostname(), pid: 1, startedAt: 1, slotBytes: 1e12 })}\n`,
      'list.journal': '[]\n["a"]\n',
    };
    for (const [name, text] of Object.entries(foreign)) writeFileSync(join(folder, name), text);
    expect(open()).toBeDefined();
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(Object.keys(foreign)));
    // One warning for all files.
    expect(log.warn).toHaveBeenCalledTimes(1);
  });

  it('does not grow: only the latest 16 runs of the last week count', () => {
    for (let run = 0; run < 40; run++) died([[`run ${run}`]]);
    const old = join(folder, 'old.unclean');
    fs.copyFileSync(join(folder, readdirSync(folder)[0] as string), old);
    const monthAgo = Date.now() / 1000 - 30 * 24 * 3600;
    utimesSync(old, monthAgo, monthAgo);
    open();
    const names = readdirSync(folder).filter((name) => name.endsWith('.unclean'));
    expect(names).toHaveLength(16);
    expect(names).not.toContain('old.unclean');
  });

  it('that cannot be created: logs one warning and continues without a journal', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(open(innocent, join(folder, 'file', 'journal'))).toBeUndefined();
    expect(log.warn).toHaveBeenCalledTimes(1);
  });

  it.each(['at the first word', 'in the middle of a word'])(
    'that is full %s: logs one warning and continues without a journal',
    (how) => {
      const journal = open();
      const back = journal?.begin(['a']);
      jest.spyOn(fs, 'writeSync').mockImplementation(() => {
        if (how === 'in the middle of a word') return 3;
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      });
      for (let i = 0; i < 3; i++) journal?.begin(['b'])();
      back?.();
      expect(log.warn).toHaveBeenCalledTimes(1);
      expect(log.warn).toHaveBeenCalledWith(
        { error: expect.stringContaining('ENOSPC') as string },
        expect.stringContaining('is off') as string,
      );
      // Records from before the disk was full must not make an image suspected.
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('does not record a batch whose ids do not fit, and has room for the longest ids of Kafka', () => {
    const journal = open();
    journal?.begin(['x'.repeat(64 * 320)])();
    const kafka = Array.from(
      { length: 64 },
      (_, i) => `${'t'.repeat(249)}/2147483647/922337203685477${1000 + i}`,
    );
    journal?.begin(kafka);
    const text = fs.readFileSync(join(folder, readdirSync(folder)[0] as string), 'utf8');
    expect(text).toContain(kafka[63]);
    expect(text).not.toContain('xxx');
    expect(log.warn).not.toHaveBeenCalled();
  });
});
