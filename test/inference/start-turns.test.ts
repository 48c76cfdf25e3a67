import { StartTurns, type Step } from '../../src/inference/start-turns';
import { createGate } from '../helpers/fake-pool';
import { until } from '../helpers/cli';

const log: string[] = [];
beforeEach(() => (log.length = 0));

function start(turns: StartTurns, name: string, work = Promise.resolve()): Promise<string> {
  // Every worker has an object of its own on the same memory.
  return new StartTurns(turns.memory).take(async (step: Step) => {
    log.push(`${name} begins`);
    await step(() => work);
    log.push(`${name} ends`);
    return name;
  });
}

describe('workers that start beside others', () => {
  it('start one after the other', async () => {
    const turns = new StartTurns();
    const gate = createGate();
    const first = start(turns, 'one', gate.promise);
    const second = start(turns, 'two');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(log).toEqual(['one begins']);
    gate.open();
    expect(await Promise.all([first, second])).toEqual(['one', 'two']);
    expect(log).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
  });

  it('give their turn back when they fail', async () => {
    const turns = new StartTurns();
    await expect(start(turns, 'one', Promise.reject(new Error('no library')))).rejects.toThrow('no library');
    expect(await start(turns, 'two')).toBe('two');
  });

  it('wait no longer when all have started: then they replace one that was lost', async () => {
    const turns = new StartTurns();
    const gate = createGate();
    const first = start(turns, 'one', gate.promise);
    await until(
      () => log.length === 1,
      60_000,
      () => 'the first one does not begin',
    );
    turns.end();
    expect(await start(turns, 'two')).toBe('two');
    gate.open();
    expect(await first).toBe('one');
  });

  it('go on in the end when one of them died in its turn', async () => {
    const turns = new StartTurns();
    void start(turns, 'one', new Promise(() => undefined));
    const second = start(turns, 'two');
    await until(
      () => log.includes('two begins'),
      60_000,
      () => log.join(),
    );
    expect(await second).toBe('two');
  }, 120_000);
});
