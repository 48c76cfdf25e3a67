import { Lifecycle } from '../../src/composition/lifecycle';
import { readinessOf } from '../../src/processor/readiness';
import type { ProcessorResources } from '../../src/processor/resources';

const UP = { status: () => ({ state: 'up' }) };

function reasonsWith(router: { readonly unavailable: string | null; readonly silence: string | null }) {
  const lifecycle = new Lifecycle<ProcessorResources>();
  lifecycle.run({ model: { router }, source: UP, sink: UP } as unknown as ProcessorResources);
  return readinessOf(lifecycle).reasons;
}

it('is not ready while a remote model is unavailable or silent', () => {
  expect(reasonsWith({ unavailable: null, silence: null })).toEqual([]);
  expect(reasonsWith({ unavailable: null, silence: 'x has not answered for 3 s' })).toEqual([
    'model: x has not answered for 3 s',
  ]);
  expect(reasonsWith({ unavailable: 'HTTP 503', silence: 'x has not answered for 3 s' })).toEqual([
    'model: HTTP 503; consumption paused',
  ]);
});
