import { spawnSync } from 'node:child_process';
import fs, { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CrashJournal } from '../../src/quarantine/crash-journal';
import { HEADER_BYTES } from '../../src/core/record-log/slot-log';
import { createCrashFile } from '../../src/quarantine/crash-file';
import { tryLock } from '../../src/setup/kernel-lock';
import { thisMachine } from '../../src/setup/machine';
import { lockOf, type JournalOwner } from '../../src/quarantine/owner';
import type { Death } from '../../src/quarantine/quarantine';
import type { BatchResult } from '../../src/core/ports';
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
const opened: CrashJournal[] = [];

beforeEach(() => {
  jest.clearAllMocks();
  folder = mkdtempSync(join(tmpdir(), 'stream-infer-journal-'));
});

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(opened.splice(0).map((journal) => journal.close()));
  rmSync(folder, { recursive: true, force: true });
});

function open(outcome: BatchResult | Death = innocent, where = folder): CrashJournal | undefined {
  const quarantine = { classify: async () => outcome, close: async () => undefined };
  const journal = CrashJournal.open({ folder: where, instanceId: 'a/b', maxBatch: 64, quarantine, log });
  if (journal) opened.push(journal);
  return journal;
}

/** A pid that nobody has any more. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

let files = 0;

/** What a process that died with these batches in its workers left behind. */
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

const suspects = (journal: CrashJournal | undefined, ids: readonly string[]) =>
  ids.filter((id) => journal?.isSuspected({ sourceId: id }));

describe('the crash journal', () => {
  it('suspects what was in a worker in two runs that died, and nothing else', () => {
    died([['a', 'b'], ['c']]);
    died([['b', 'd'], ['c']]);
    expect(suspects(open(), ['a', 'b', 'c', 'd', 'e'])).toEqual(['b', 'c']);
    expect(log.warn).toHaveBeenCalledWith({ runs: 2, suspects: 2 }, expect.anything());
  });

  it('counts a run once, however often this one is started again', async () => {
    died([['a']]);
    for (let i = 0; i < 3; i++) {
      const journal = open();
      expect(journal?.isSuspected({ sourceId: 'a' })).toBe(false);
      await journal?.close();
    }
  });

  it('knows what had come back before the end', () => {
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

  it('takes the slot of a batch that is back for the next one', () => {
    const path = join(folder, 'own.journal');
    const file = createCrashFile(path, SLOT_BYTES);
    for (let i = 0; i < 1_000; i++) file.clear(file.put([`images/0/${i}`]) as number);
    expect(fs.statSync(path).size).toBeLessThanOrEqual(HEADER_BYTES + SLOT_BYTES);
    file.remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is removed at an orderly end, whatever is left in it', async () => {
    const journal = open();
    journal?.begin(['a']);
    expect(readdirSync(folder).filter((name) => name.endsWith('.journal'))).toHaveLength(1);
    await journal?.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('forgets what came through a worker since, and a run when all of it did', () => {
    died([['a', 'b']]);
    died([['a', 'b']]);
    const journal = open();
    journal?.begin(['a'])();
    expect(suspects(journal, ['a', 'b'])).toEqual(['b']);
    journal?.begin(['b'])();
    expect(readdirSync(folder).filter((name) => name.endsWith('.unclean'))).toEqual([]);
  });

  it('leaves the journals of living processes and of other machines alone', () => {
    for (let i = 0; i < 2; i++) {
      died([['a']], { pid: process.ppid });
      died([['b']], { host: 'another-machine' });
      died([['c']], { pid: process.pid });
    }
    const own = open();
    own?.begin(['d']);
    expect(suspects(open(), ['a', 'b', 'c', 'd'])).toEqual(['c']);
  });

  it('tells by its lock whether a process in another container lives', () => {
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

  it('takes over what was left before the machine started again', () => {
    for (let i = 0; i < 2; i++) died([['a']], { pid: process.ppid, boot: 'an-earlier-one' });
    expect(suspects(open(), ['a'])).toEqual(['a']);
  });

  it('tries a suspect alone: a survivor is cleared and keeps its result', async () => {
    died([['a']]);
    died([['a']]);
    const journal = open();
    expect(await journal?.classifyAlone('a', image)).toBe(innocent);
    expect(journal?.isSuspected({ sourceId: 'a' })).toBe(false);
  });

  it('turns the culprit into a failure that says how the child died, and keeps it under suspicion', async () => {
    died([['a']]);
    died([['a']]);
    const journal = open({ kind: 'death', how: 'was ended by SIGSEGV' });
    const result = await journal?.classifyAlone('a', image);
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

describe('a folder that is not as it should be', () => {
  it('has torn files: what is torn is left out, the rest counts', () => {
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

  it('has foreign files: they are left alone', () => {
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
    // Once, however many there are.
    expect(log.warn).toHaveBeenCalledTimes(1);
  });

  it('does not grow: the latest 16 runs count, and none older than a week', () => {
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

  it('cannot be made: one warning, and the program goes on without a journal', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(open(innocent, join(folder, 'file', 'journal'))).toBeUndefined();
    expect(log.warn).toHaveBeenCalledTimes(1);
  });

  it.each(['at the first word', 'in the middle of a word'])(
    'is full %s: one warning, and on without',
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
      // What it held when the disk was full must not be held against anybody.
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('does not note a batch whose ids do not fit, and has room for the longest ids of Kafka', () => {
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
