import { appendFileSync, existsSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AuditTrail } from '../../src/core/steering';
import { AuditLog } from '../../src/steering/audit-log';

type NewEntry = Parameters<AuditTrail['begin']>[0];
import { SILENT_LOG } from '../helpers/services';

const newPath = () => join(mkdtempSync(join(tmpdir(), 'audit-')), 'audit.log');
const asked = (by: string, reason = ''): NewEntry => ({
  action: 'pause',
  by,
  via: 'api',
  address: null,
  reason,
  detail: '',
});

it('keeps its entries and their numbers over restarts', () => {
  const path = newPath();
  const first = new AuditLog(path, SILENT_LOG);
  first.end(first.begin(asked('anna')), 'done', 'paused');
  first.begin(asked('ben'));
  const second = new AuditLog(path, SILENT_LOG);
  second.end(second.begin(asked('eve')), 'failed', 'no');
  expect(new AuditLog(path, SILENT_LOG).list(9).map((e) => [e.number, e.by, e.outcome])).toEqual([
    [3, 'eve', 'failed'],
    [2, 'ben', 'pending'],
    [1, 'anna', 'done'],
  ]);
});

it('skips damaged records and says so', () => {
  const path = newPath();
  const log = new AuditLog(path, SILENT_LOG);
  log.end(log.begin(asked('anna')), 'done', 'paused');
  appendFileSync(path, 'no record\n{"number":"x"}\n');
  const warn = jest.fn();
  const again = new AuditLog(path, { ...SILENT_LOG, warn });
  expect(again.list(9)).toHaveLength(1);
  expect(warn).toHaveBeenCalledWith({ path, damaged: 2 }, expect.stringContaining('damaged'));
});

it('keeps 500 entries in memory and at most two files of about 1 MiB', () => {
  const path = newPath();
  const log = new AuditLog(path, SILENT_LOG);
  appendFileSync(path, `${' '.repeat(1024 * 1024)}\n`);
  for (let i = 0; i < 520; i++) log.begin(asked(`job ${i}`));
  expect(log.list(1_000)).toHaveLength(500);
  expect(log.list(1)).toMatchObject([{ number: 520 }]);
  expect(existsSync(`${path}.1`)).toBe(true);
  expect(statSync(path).size).toBeLessThan(1024 * 1024);
});

it('refuses a chosen path that cannot be written, and writes nothing to one that can', () => {
  const path = newPath();
  new AuditLog(path, SILENT_LOG).requireWritable();
  expect(statSync(path).size).toBe(0);
  new AuditLog(null, SILENT_LOG).requireWritable();
  for (const wrong of [join(path, 'audit.log'), dirname(path)])
    expect(() => new AuditLog(wrong, SILENT_LOG).requireWritable()).toThrow(
      /^steering\.auditLog: .* cannot be written .*; use another path, or none$/,
    );
});
