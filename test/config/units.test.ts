import { formatBytes, formatDuration, parseBytes, parseDuration } from '../../src/config/duration';
import { LEAVES } from '../../src/config/leaves';
import { parseConfig } from '../../src/config/load';
import { toSettings } from '../../src/setup/settings-view';

it.each([
  [0, '0s'],
  [90_000, '90s'],
  [60_000, '1m'],
  [3_600_000, '1h'],
  [1_500, '1500ms'],
  [0.5, '0.5ms'],
])('formats %d ms as %s, which is read as the same', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
  expect(parseDuration(text)).toBe(ms);
});

it.each([
  [64 * 1024 * 1024, '64MiB'],
  [1024 ** 3, '1GiB'],
  [1_000, '1000B'],
  [0, '0B'],
])('formats %d bytes as %s, which is read as the same', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
  expect(parseBytes(text)).toBe(bytes);
});

it('shows settings with their units', () => {
  const settings = toSettings(parseConfig({}));
  const valueOf = (path: string) => settings.find((one) => one.path === path)?.value;
  expect(valueOf('shutdownTimeout')).toBe('25s');
  expect(valueOf('inference.taskTimeout')).toBe('30s');
  expect(valueOf('inference.maxInFlightBytes')).toBe('64MiB');
  expect(valueOf('inference.maxBatch')).toBe('256');
  expect(LEAVES.filter(({ unit }) => unit === 'duration').length).toBeGreaterThan(4);
});
