import { contextIn, withContext } from '../../../src/telemetry/tracing/trace-headers';
import type { Header } from '../../../src/core/message';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const VALID = `00-${TRACE}-${SPAN}-01`;
const CONTEXT = { traceId: TRACE, spanId: SPAN, traceFlags: 1 };

describe('the trace context of a message', () => {
  it.each<[string, Header[], object]>([
    ['text', [['traceparent', VALID]], CONTEXT],
    ['bytes, as Kafka gives them', [['traceparent', Buffer.from(VALID)]], CONTEXT],
    ['a name in other letters', [['TraceParent', VALID]], CONTEXT],
    ["what Google's client writes", [['googclient_traceparent', VALID]], CONTEXT],
    [
      "Google's where the other one is malformed",
      [
        ['traceparent', 'nonsense'],
        ['googclient_traceparent', VALID],
      ],
      CONTEXT,
    ],
    ['an unsampled one', [['traceparent', `00-${TRACE}-${SPAN}-00`]], { ...CONTEXT, traceFlags: 0 }],
    ['a later version with more fields', [['traceparent', `01-${TRACE}-${SPAN}-01-more`]], CONTEXT],
  ])('is read from %s', (_, headers, context) => {
    expect(contextIn(headers)).toMatchObject(context);
  });

  it('comes with its trace state', () => {
    const context = contextIn([
      ['traceparent', VALID],
      ['tracestate', 'vendor=1'],
    ]);
    expect(context?.traceState?.serialize()).toBe('vendor=1');
  });

  it.each<[string, string | Buffer]>([
    ['an empty one', ''],
    ['text', 'hello'],
    ['one without flags', `00-${TRACE}-${SPAN}`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['the forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['more fields than version 00 has', `${VALID}-more`],
    ['bytes that are not text', Buffer.from([0xff, 0xfe, 0x00])],
    ['a very long one', '0'.repeat(100_000)],
  ])('is none where the header is %s', (_, value) => {
    expect(contextIn([['traceparent', value]])).toBeUndefined();
  });

  it('is none without headers', () => {
    expect(contextIn([])).toBeUndefined();
    expect(contextIn([['content-type', 'image/png']])).toBeUndefined();
  });
});

it('takes the place of a malformed one', () => {
  const message = {
    key: null,
    value: Buffer.alloc(0),
    headers: [
      ['Traceparent', 'nonsense'],
      ['label', '3'],
    ] as const,
  };
  expect(withContext(message, [['traceparent', VALID]]).headers).toEqual([
    ['label', '3'],
    ['traceparent', VALID],
  ]);
});
