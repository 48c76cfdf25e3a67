import { readTracePlan } from '../../../src/telemetry/tracing/trace-plan';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const ON = { kind: 'on', protocol: 'http/protobuf', origin: 'http://collector:4318' };

describe('tracing is off', () => {
  it.each([
    ['without any variable', {}],
    ['with an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['with a name but no endpoint', { OTEL_SERVICE_NAME: 'shop' }],
    ['where the SDK is disabled', { ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }],
    ['where traces go nowhere', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
  ])('%s', (_, env) => {
    expect(readTracePlan(env)).toEqual({ kind: 'off' });
  });
});

describe('tracing is on', () => {
  it.each([
    ['with an endpoint', ENDPOINT, ON],
    ['although the SDK is not disabled in so many words', { ...ENDPOINT, OTEL_SDK_DISABLED: 'false' }, ON],
    [
      'with one for traces alone',
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' },
      ON,
    ],
    ['with otlp among the exporters', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'console, otlp' }, ON],
    ['in JSON', { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, { ...ON, protocol: 'http/json' }],
    [
      'in the protocol for traces',
      {
        ...ENDPOINT,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
      },
      ON,
    ],
    [
      'and reveals only the origin of an address',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:secret@traces.example/key/123?token=1' },
      { ...ON, origin: 'https://traces.example' },
    ],
  ])('%s', (_, env, plan) => {
    expect(readTracePlan(env)).toEqual(plan);
  });
});

it.each([
  ['gRPC', { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /is grpc; use http\/protobuf/],
  ['Zipkin', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'zipkin' }, /is zipkin; use otlp/],
  ['an endpoint that is none', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, /not an http:\/\//],
  ['an endpoint without a protocol', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, /not an http:\/\//],
])('tracing by %s is refused with the reason', (_, env, reason) => {
  expect(readTracePlan(env)).toEqual({ kind: 'refused', reason: expect.stringMatching(reason) as string });
});
