import fs, {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoalescedRecordLog } from '../../../src/core/record-log/coalesced-log';
import { keepDamaged, readLog } from '../../../src/core/record-log/read-log';
import { decodeLine, encodeRecord } from '../../../src/core/record-log/record';
import { appendShared } from '../../../src/core/record-log/shared-log';
import { HEADER_BYTES, SlotLog, SlotReader } from '../../../src/core/record-log/slot-log';
import { SyncRecordLog } from '../../../src/core/record-log/sync-log';
import { SILENT_LOG } from '../../helpers/services';

let path: string;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'stream-infer-records-')), 'folder', 'a.log');
});
afterEach(() => jest.restoreAllMocks());

const values = () => readLog(path).records.map((json) => JSON.parse(json) as unknown);

describe('a record', () => {
  it('is one line with a checksum', () => {
    expect(encodeRecord({ a: 1 })).toBe('561bacaf {"a":1}\n');
    expect(decodeLine('561bacaf {"a":1}')).toEqual({ json: '{"a":1}' });
  });

  it.each(['561bacaf {"a":2}', '561bacaf{"a":1}', '561bacaf', 'garbage', ' '])('%j is damaged', (line) => {
    expect(decodeLine(line)).toHaveProperty('problem');
  });

  it('of an earlier version has no checksum', () => {
    expect(decodeLine('["a"]')).toEqual({ json: '["a"]' });
  });
});

describe('a log', () => {
  it('that does not exist is empty', () => {
    expect(readLog(path)).toEqual({ records: [], problems: [], torn: false });
  });

  it('skips damaged lines and a torn last record', () => {
    appendShared(path, [{ a: 1 }]);
    appendFileSync(path, '00000000 {"a":2}\n{"a":3}\n561bacaf {"a"');
    expect(readLog(path)).toEqual({
      records: ['{"a":1}', '{"a":3}'],
      problems: ['the checksum does not match the record'],
      torn: true,
    });
    expect(readFileSync(keepDamaged(path, SILENT_LOG) ?? '')).toEqual(readFileSync(path));
  });

  it('written by several processes continues on a new line after a torn record', () => {
    appendShared(path, [{ a: 1 }]);
    appendFileSync(path, '561bacaf {"a"');
    appendShared(path, [{ a: 2 }, { a: 3 }]);
    expect(values()).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
  });
});

it('logs are readable by their owner only', async () => {
  appendShared(path, [{ a: 1 }]);
  const [sync, coalesced, slots] = ['sync', 'coalesced', 'slots'].map((name) => `${path}.${name}`) as [
    string,
    string,
    string,
  ];
  const logs = [new SyncRecordLog(sync, () => ({})), new CoalescedRecordLog(coalesced, () => [{}])];
  for (const log of logs) {
    await log.rewrite();
    await log.close();
  }
  const slotLog = new SlotLog(slots, 256, {});
  for (const file of [path, sync, coalesced, slots]) expect(statSync(file).mode & 0o777).toBe(0o600);
  slotLog.remove();
});

describe('a synchronous log', () => {
  it('starts with a snapshot, appends, and is replaced by a snapshot when it is too large', () => {
    let count = 0;
    const log = new SyncRecordLog(path, () => ({ count }));
    log.rewrite();
    log.append({ more: 1 });
    expect(values()).toEqual([{ count: 0 }, { more: 1 }]);
    for (; count < 40; count++) log.append({ text: 'x'.repeat(50_000) });
    log.close();
    expect(statSync(path).size).toBeLessThan(1_200_000);
    expect(values()[0]).not.toEqual({ count: 0 });
    expect(readdirSync(join(path, '..'))).toEqual(['a.log']);
  });

  it('writes a snapshot after a failed append, which may have left half a record', () => {
    const log = new SyncRecordLog(path, () => ({ all: true }));
    log.rewrite();
    const write = jest.spyOn(fs, 'writeSync').mockImplementationOnce(() => 3);
    expect(() => log.append({ a: 1 })).toThrow(/ENOSPC/);
    write.mockRestore();
    log.append({ a: 2 });
    expect(values()).toEqual([{ all: true }]);
    log.close();
  });
});

describe('a coalesced log', () => {
  it('writes the records that arrive during a write at once', async () => {
    appendShared(path, []);
    const log = new CoalescedRecordLog(path, () => [{ start: true }]);
    await log.rewrite();
    await Promise.all([log.append({ a: 1 }), log.append({ a: 2 })]);
    await log.close();
    expect(values()).toEqual([{ start: true }, { a: 1 }, { a: 2 }]);
    await expect(log.append({ a: 3 })).rejects.toThrow(/closed/);
  });
});

describe('a slot log', () => {
  it('holds the records that were not cleared, and reuses free slots', () => {
    appendShared(path, []);
    const slots = `${path}.slots`;
    const log = new SlotLog(slots, 256, { format: 'test' });
    for (let i = 0; i < 100; i++) log.clear(log.put([i]) as number);
    log.put(['kept']);
    expect(log.put(['ü'.repeat(200)])).toBeUndefined();
    expect(statSync(slots).size).toBeLessThanOrEqual(HEADER_BYTES + 256);
    const reader = new SlotReader(slots);
    expect(reader.header()).toEqual({ json: '{"format":"test"}' });
    expect([...reader.records(256)]).toEqual(['["kept"]']);
    reader.close();
    log.remove();
    expect(existsSync(slots)).toBe(false);
  });

  it('of an earlier version has no checksums', () => {
    appendShared(path, []);
    writeFileSync(path, `${'{"format":"old"}\n'.padEnd(HEADER_BYTES)}["a"]\n`);
    const reader = new SlotReader(path);
    expect([reader.header(), ...reader.records(256)]).toEqual([{ json: '{"format":"old"}' }, '["a"]']);
    reader.close();
  });
});
