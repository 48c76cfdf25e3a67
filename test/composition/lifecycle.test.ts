import { Lifecycle } from '../../src/composition/lifecycle';

interface Parts {
  readonly model: string;
  readonly source: string;
}

const PARTS: Parts = { model: 'm', source: 's' };

describe('the lifecycle of a process', () => {
  it('collects parts while it starts, and has all of them when it runs', () => {
    const lifecycle = new Lifecycle<Parts>();
    lifecycle.acquire({ model: 'm' });
    lifecycle.waitFor('topics: broker down');
    expect(lifecycle.state).toEqual({
      phase: 'starting',
      acquired: { model: 'm' },
      waitingFor: 'topics: broker down',
    });
    lifecycle.run(PARTS);
    expect(lifecycle.state).toEqual({ phase: 'running', acquired: PARTS });
    expect(lifecycle.waitingFor).toBeNull();
  });

  it('keeps its parts while it drains, and drops them when it stops', () => {
    const lifecycle = new Lifecycle<Parts>();
    lifecycle.run(PARTS);
    lifecycle.drain();
    expect([lifecycle.state.phase, lifecycle.acquired, lifecycle.stopping]).toEqual([
      'draining',
      PARTS,
      true,
    ]);
    lifecycle.stop();
    expect([lifecycle.state.phase, lifecycle.acquired, lifecycle.stopping]).toEqual(['stopped', {}, true]);
  });

  it('keeps the reason for waiting when a start is aborted', () => {
    const lifecycle = new Lifecycle<Parts>();
    lifecycle.waitFor('topics: broker down');
    lifecycle.drain();
    expect([lifecycle.state.phase, lifecycle.waitingFor]).toEqual(['draining', 'topics: broker down']);
  });

  it('never returns to an earlier phase', () => {
    const lifecycle = new Lifecycle<Parts>();
    lifecycle.stop();
    lifecycle.acquire({ model: 'm' });
    lifecycle.run(PARTS);
    lifecycle.drain();
    expect(lifecycle.state).toEqual({ phase: 'stopped', acquired: {} });
  });
});
