import { warnIfNotKept, type Instance, type InstanceUse } from '../../src/setup/instance-id';
import { whyVolatile } from '../../src/setup/volatile-folder';
import { recordingLog } from '../helpers/log';

const [EXT4, OVERLAY] = [0xef53, 0x794c7630];
const KEPT: Instance = { id: 'a', release: () => undefined };
const LOST: Instance = { ...KEPT, notKept: 'the folder is full' };

function warning(instance: Instance, use: InstanceUse): string {
  const { log, lines } = recordingLog();
  warnIfNotKept(instance, use, log);
  return lines.join();
}

it('says what is at stake when the name of a process is lost at a restart', () => {
  const [kafka, pubsub] = [{ broker: 'kafka' }, { broker: 'pubsub' }] as const;
  const once = { delivery: 'exactly-once', isConfigured: false, volatile: undefined } as const;
  const least = { delivery: 'at-least-once', isConfigured: false, volatile: undefined } as const;
  expect(warning(LOST, { ...kafka, ...least })).toMatch(/^warn .*partitions wait for the old session/);
  expect(warning(LOST, { ...kafka, ...once })).toMatch(/^warn exactly-once.*open transaction/);
  expect(warning(LOST, { ...pubsub, ...once })).toMatch(/^warn exactly-once.*published twice/);
  expect(warning(LOST, { ...pubsub, ...least })).toBe('');
  for (const broker of [kafka, pubsub])
    for (const use of [once, least]) expect(warning(KEPT, { ...broker, ...use })).toBe('');
});

it('warns about a folder that a restart loses only where its content is needed', () => {
  const use = { delivery: 'exactly-once', isConfigured: true, volatile: 'it is on tmpfs' } as const;
  expect(warning(KEPT, { ...use, broker: 'kafka' })).toBe('');
  expect(warning(KEPT, { ...use, broker: 'kafka', isConfigured: false })).toMatch(/open transaction/);
  expect(warning(KEPT, { ...use, broker: 'pubsub' })).toMatch(/published twice/);
  expect(warning(KEPT, { ...use, broker: 'pubsub', delivery: 'at-least-once' })).toBe('');
});

it('recognizes a folder that ends with its container', () => {
  expect(whyVolatile('/data', () => OVERLAY)).toBe(
    '/data is on overlay, which ends with its container or machine',
  );
  expect(whyVolatile('/data', () => EXT4)).toBeUndefined();
  expect(whyVolatile('/no/such/folder/at/all')).toBe(whyVolatile('/'));
});
