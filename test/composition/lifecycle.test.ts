import { Lifecycle } from '../../src/composition/lifecycle';

interface Resources {
  readonly model: string;
  readonly source: string;
}

const RESOURCES: Resources = { model: 'm', source: 's' };

describe('the lifecycle of a process', () => {
  it('collects resources while it starts, and has all of them when it runs', () => {
    const lifecycle = new Lifecycle<Resources>();
    lifecycle.acquire({ model: 'm' });
    lifecycle.waitFor('topics: broker down');
    expect(lifecycle.state).toEqual({
      phase: 'starting',
      acquired: { model: 'm' },
      waitingFor: 'topics: broker down',
    });
    lifecycle.run(RESOURCES);
    expect(lifecycle.state).toEqual({ phase: 'running', acquired: RESOURCES });
    expect(lifecycle.waitingFor).toBeNull();
  });

  it('keeps its resources while it drains, and drops them when it stops', () => {
    const lifecycle = new Lifecycle<Resources>();
    lifecycle.run(RESOURCES);
    lifecycle.drain();
    expect([lifecycle.state.phase, lifecycle.acquired, lifecycle.stopping]).toEqual([
      'draining',
      RESOURCES,
      true,
    ]);
    lifecycle.stop();
    expect([lifecycle.state.phase, lifecycle.acquired, lifecycle.stopping]).toEqual(['stopped', {}, true]);
  });

  it('keeps the reason for waiting when a start is aborted', () => {
    const lifecycle = new Lifecycle<Resources>();
    lifecycle.waitFor('topics: broker down');
    lifecycle.drain();
    expect([lifecycle.state.phase, lifecycle.waitingFor]).toEqual(['draining', 'topics: broker down']);
  });

  it('never returns to an earlier phase', () => {
    const lifecycle = new Lifecycle<Resources>();
    lifecycle.stop();
    lifecycle.acquire({ model: 'm' });
    lifecycle.run(RESOURCES);
    lifecycle.drain();
    expect(lifecycle.state).toEqual({ phase: 'stopped', acquired: {} });
  });
});
