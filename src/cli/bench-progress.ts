import { SingleBar } from 'cli-progress';
import type { BenchProgress } from '../bench/run-context';

export interface ShownProgress extends BenchProgress {
  /** Restores the terminal; further calls do nothing. */
  stop(): void;
}

/** One line per step, and a bar on a terminal. */
export function createBenchProgress(stream: NodeJS.WriteStream): ShownProgress {
  return stream.isTTY ? createBar(stream) : createLines(stream);
}

function createBar(stream: NodeJS.WriteStream): ShownProgress {
  const bar = new SingleBar({
    stream,
    format: 'bench: {step} {bar} {percentage} %',
    barsize: 16,
    hideCursor: true,
    gracefulExit: false,
    clearOnComplete: true,
  });
  let running = false;
  const stop = () => {
    if (running) bar.stop();
    running = false;
  };
  let current = '';
  return {
    step(text) {
      stop();
      current = text;
      stream.write(`bench: ${text}\n`);
    },
    update(done, total) {
      if (!running) bar.start(total, 0, { step: current });
      running = true;
      bar.setTotal(total);
      bar.update(done);
    },
    stop,
  };
}

function createLines(stream: NodeJS.WriteStream): ShownProgress {
  return {
    step: (text) => void stream.write(`bench: ${text}\n`),
    update: () => undefined,
    stop: () => undefined,
  };
}
