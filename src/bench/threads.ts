import { namesIn, textOf } from './proc';

/** The parts of a process that processor time goes to, by thread. */
export const CPU_PARTS = ['main', 'workers', 'librdkafka', 'other'] as const;
export type CpuPart = (typeof CPU_PARTS)[number];

export interface ThreadTime {
  readonly part: CpuPart;
  /** Since the thread began, ms. */
  readonly ms: number;
}

/** Processor time by `process/thread`. */
export type ThreadTimes = ReadonlyMap<string, ThreadTime>;

interface Thread {
  readonly id: number;
  readonly name: string;
  readonly nice: number;
  readonly ms: number;
}

/** sysconf(_SC_CLK_TCK): 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Where inference/worker.ts puts the worker threads. */
const WORKER_NICENESS = 10;

/** Of all threads of these processes; empty where there is no Linux /proc, or when a process has just ended. */
export function readThreadTimes(pids: readonly number[]): ThreadTimes {
  const times = new Map<string, ThreadTime>();
  for (const pid of pids) {
    const threads = readThreads(pid);
    const mainNice = threads.find(({ id }) => id === pid)?.nice ?? 0;
    for (const thread of threads) {
      times.set(`${pid}/${thread.id}`, { part: partOf(thread, pid, mainNice), ms: thread.ms });
    }
  }
  return times;
}

/** proc(5): `pid (name) state …`; utime is field 14, stime 15, nice 19. A name may hold spaces and brackets. */
export function parseThread(stat: string): Thread | undefined {
  const [, id, name, rest] = /^(\d+) \((.*)\) (.*)$/s.exec(stat.trim()) ?? [];
  if (id === undefined || name === undefined || rest === undefined) return undefined;
  const fields = rest.split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    id: Number(id),
    name,
    nice: field(19),
    ms: ((field(14) + field(15)) * 1000) / TICKS_PER_SECOND,
  };
}

/**
 * librdkafka names its threads, the workers lower their priority (a runtime's own threads inherit it); what is left are
 * V8's compiler and collector and libuv's pool. Where the whole process runs at low priority, workers are not told apart.
 */
export function partOf(thread: Thread, pid: number, mainNice: number): CpuPart {
  if (thread.id === pid) return 'main';
  if (thread.name.startsWith('rdk:')) return 'librdkafka';
  return thread.nice >= WORKER_NICENESS && mainNice < WORKER_NICENESS ? 'workers' : 'other';
}

function readThreads(pid: number): Thread[] {
  const folder = `/proc/${pid}/task`;
  return namesIn(folder).flatMap((id) => {
    const thread = parseThread(textOf(`${folder}/${id}/stat`));
    return thread === undefined ? [] : [thread];
  });
}
