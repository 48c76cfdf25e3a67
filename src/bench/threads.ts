import { namesIn, textOf } from './proc';

/** The parts of a process by thread, for CPU time. */
export const CPU_PARTS = ['main', 'workers', 'librdkafka', 'other'] as const;
export type CpuPart = (typeof CPU_PARTS)[number];

export interface ThreadTime {
  readonly part: CpuPart;
  /** CPU time since the thread started, ms. */
  readonly ms: number;
}

/** CPU time by `process/thread`. */
export type ThreadTimes = ReadonlyMap<string, ThreadTime>;

interface Thread {
  readonly id: number;
  readonly name: string;
  readonly nice: number;
  readonly ms: number;
}

/** sysconf(_SC_CLK_TCK): 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** The priority set by inference/worker.ts. */
const WORKER_NICENESS = 10;

/** CPU times of all threads of these processes; empty without Linux /proc or after a process has ended. */
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
 * librdkafka names its threads, and workers lower their priority, which a runtime's own threads inherit. The
 * rest are V8's compiler and collector and libuv's pool. In a low-priority process, workers count as `other`.
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
