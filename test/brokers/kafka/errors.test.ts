import {
  EVENT_TEXTS,
  causeInLog,
  worse,
  endsClient,
  isRefusal,
  isUnreachable,
  kafkaCodeOf,
  toKafkaError,
} from '../../../src/brokers/kafka/errors';
import { describeWith } from '../../helpers/parts';

describe('Kafka errors', () => {
  it('keep the cause, and say whether trying again helps', () => {
    const cause = { code: -195, message: 'Local: Broker transport failure' };
    const error = toKafkaError(cause, 'Kafka at x:9092', 'INTERNAL');
    expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE', retryable: true, cause });
    expect(error.message).toBe('Kafka at x:9092: Local: Broker transport failure');
    expect(toKafkaError({ code: 29, message: 'no' }, 'x', 'INTERNAL')).toMatchObject({
      code: 'BROKER_REFUSED',
      retryable: false,
    });
    expect(toKafkaError({ code: 77, message: 'odd' }, 'x', 'SOURCE_LOST').code).toBe('SOURCE_LOST');
  });

  it('reported only in the log are found there: a wrong password ends the start, a certificate error is retried', () => {
    const prefix = '[thrd:sasl_ssl://x:9092/bootstrap]: sasl_ssl://x:9092/bootstrap: ';
    const password = `${prefix}SASL authentication error: Authentication failed: Invalid username or password (after 302ms in state AUTH_REQ, 1 identical error(s) suppressed)`;
    expect(causeInLog(password, 'Kafka at x:9092')).toMatchObject({
      code: 'BROKER_REFUSED',
      message:
        'Kafka at x:9092: SASL authentication error: Authentication failed: Invalid username or password',
    });
    const certificate = `${prefix}SSL handshake failed: certificate verify failed (after 5ms in state SSL_HANDSHAKE)`;
    expect(causeInLog(certificate, 'x')).toMatchObject({ code: 'BROKER_UNREACHABLE', retryable: true });
    expect(causeInLog('images [0]: offset reset', 'x')).toBeUndefined();
    expect(causeInLog(undefined, 'x')).toBeUndefined();
  });

  it('of a connection that does not come about are named by their cause, without the host', () => {
    const prefix = '[thrd:k:9092/bootstrap]: k:9092/bootstrap: ';
    const after = ' (after 5ms in state CONNECT, 1 identical error(s) suppressed)';
    const said = (line: string): string | undefined =>
      causeInLog(prefix + line + after, 'Kafka at k')?.message;
    expect(said("Failed to resolve 'k:9092': Name or service not known")).toBe(
      'Kafka at k: the host name cannot be resolved: Name or service not known',
    );
    expect(said('Connect to ipv4#127.0.0.1:1 failed: Connection refused')).toBe(
      'Kafka at k: cannot connect: Connection refused',
    );
    expect(
      said(
        "SASL PLAIN mechanism handshake failed: Broker: Request not valid: broker's supported mechanisms: ",
      ),
    ).toBe("Kafka at k: SASL handshake failed: Broker: Request not valid: broker's supported mechanisms");
  });

  it('of several brokers the refusal counts, whichever comes first', () => {
    const refused = causeInLog('SASL authentication error: no', 'x');
    const away = causeInLog('Connect to ipv4#1.2.3.4:1 failed: Connection refused', 'x');
    expect(worse(worse(undefined, away), refused)).toBe(refused);
    expect(worse(worse(undefined, refused), away)).toBe(refused);
    expect(worse(away, undefined)).toBe(away);
    expect(worse(undefined, undefined)).toBeUndefined();
  });

  it('of events are known by their text', () => {
    expect(kafkaCodeOf({ code: -1, message: 'all broker connections are down' })).toBe(-187);
    expect(isUnreachable({ code: -1, message: 'broker transport failure' })).toBe(true);
    expect(isRefusal({ code: -1, message: 'sasl authentication failed' })).toBe(true);
    expect(endsClient({ code: -1, message: 'fatal error' })).toBe(true);
    expect(endsClient({ code: -1, message: 'broker transport failure' })).toBe(false);
  });

  it('of something else have no code', () => {
    expect(kafkaCodeOf(new Error('x'))).toBeUndefined();
    expect(kafkaCodeOf('x')).toBeUndefined();
  });
});

describeWith(['kafka-addon'], "librdkafka's own texts", () => {
  it('are the ones in the table', () => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- not exported, and no part of the program needs it
    const { create } = require('@confluentinc/kafka-javascript/lib/error') as {
      create: (code: number) => { message: string };
    };
    for (const [text, code] of EVENT_TEXTS)
      expect(create(code).message.split(': ')[1]?.toLowerCase()).toBe(text);
  });
});
