import { parseThread, partOf, readThreadTimes } from '../../src/bench/threads';

/** A line of /proc/<pid>/task/<tid>/stat. */
const stat = (id: number, name: string, user: number, system: number, nice: number) =>
  `${id} (${name}) S 1 2 3 4 5 6 7 8 9 10 ${user} ${system} 0 0 20 ${nice} 11 0 123 456\n`;

describe('the threads of a process', () => {
  it('are read with their time, priority and any name', () => {
    expect(parseThread(stat(42, 'rdk:main', 150, 25, 0))).toEqual({
      id: 42,
      name: 'rdk:main',
      nice: 0,
      ms: 1_750,
    });
    expect(parseThread(stat(7, 'a (strange) name', 1, 2, -5))).toMatchObject({
      name: 'a (strange) name',
      nice: -5,
    });
  });

  it('are undefined after the thread has ended', () => {
    expect(parseThread('')).toBeUndefined();
  });

  it('belong to the main thread, to workers by their priority, to librdkafka by its names, or to the rest', () => {
    const thread = (id: number, name: string, nice: number) => ({ id, name, nice, ms: 0 });
    expect(partOf(thread(1, 'node', 0), 1, 0)).toBe('main');
    expect(partOf(thread(2, 'node', 10), 1, 0)).toBe('workers');
    expect(partOf(thread(3, 'rdk:broker1', 0), 1, 0)).toBe('librdkafka');
    expect(partOf(thread(4, 'node', 0), 1, 0)).toBe('other');
  });

  it('include no workers in a process with low priority', () => {
    expect(partOf({ id: 2, name: 'node', nice: 15, ms: 0 }, 1, 15)).toBe('other');
  });

  it('are empty for a missing process', () => {
    expect(readThreadTimes([2 ** 22 + 1]).size).toBe(0);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('of this process have one main thread among them', () => {
    const parts = [...readThreadTimes([process.pid]).values()].map(({ part }) => part);
    expect(parts.filter((part) => part === 'main')).toHaveLength(1);
    expect(parts.length).toBeGreaterThan(1);
  });
});
