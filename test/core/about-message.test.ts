import { aboutMessage } from '../../src/core/about-message';
import type { Header } from '../../src/core/message';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

const about = (...headers: Header[]) => aboutMessage({ sourceId: 'images/0/7', headers });

describe('the log fields of a message', () => {
  it('are its source id and its trace id', () => {
    const traced = { sourceId: 'images/0/7', traceId: TRACE };
    expect(about(['traceparent', `00-${TRACE}-00f067aa0ba902b7-01`])).toEqual(traced);
    expect(about(['Traceparent', Buffer.from(`00-${TRACE}-00f067aa0ba902b7-00`)])).toEqual(traced);
    expect(about(['googclient_traceparent', `00-${TRACE}-00f067aa0ba902b7-01`])).toEqual(traced);
  });

  it.each([
    '',
    'a',
    `00-${TRACE}`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}x-00f067aa0ba902b7-01`,
  ])('lack a trace id for the context %j', (context) =>
    expect(about(['traceparent', context])).toEqual({ sourceId: 'images/0/7' }),
  );

  it('lack a trace id without a context', () => {
    expect(about()).toEqual({ sourceId: 'images/0/7' });
    expect(about(['id', 'x'])).toEqual({ sourceId: 'images/0/7' });
  });
});
