import { StreamInferError, messageOf, type ErrorCode } from '../../core/errors';

/** librdkafka's error codes (rdkafka.h) that are distinguished here; negative ones are the client's own. */
export const KAFKA = {
  ASSIGN_PARTITIONS: -175,
  REVOKE_PARTITIONS: -174,
  QUEUE_FULL: -184,
  FATAL: -150,
  FENCED: -144,
  STATE: -172,
  TRANSPORT: -195,
  RESOLVE: -193,
  MSG_TIMED_OUT: -192,
  UNKNOWN_PARTITION: -190,
  UNKNOWN_TOPIC: -188,
  ALL_BROKERS_DOWN: -187,
  INVALID_ARG: -186,
  TIMED_OUT: -185,
  SSL: -181,
  NOT_IMPLEMENTED: -170,
  AUTHENTICATION: -169,
  NO_OFFSET: -168,
  TIMED_OUT_QUEUE: -166,
  MAX_POLL_EXCEEDED: -147,
  BAD_MESSAGE: -199,
  UNKNOWN_TOPIC_OR_PART: 3,
  MSG_SIZE_TOO_LARGE: 10,
  OFFSET_METADATA_TOO_LARGE: 12,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  TOPIC_EXCEPTION: 17,
  ILLEGAL_GENERATION: 22,
  INCONSISTENT_GROUP_PROTOCOL: 23,
  UNKNOWN_MEMBER_ID: 25,
  INVALID_SESSION_TIMEOUT: 26,
  REBALANCE_IN_PROGRESS: 27,
  INVALID_COMMIT_OFFSET_SIZE: 28,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  UNSUPPORTED_SASL_MECHANISM: 33,
  TOPIC_ALREADY_EXISTS: 36,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TRANSACTION_TIMEOUT: 50,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  INVALID_PARTITIONS: 37,
  INVALID_REPLICATION_FACTOR: 38,
  SASL_AUTHENTICATION_FAILED: 58,
  GROUP_MAX_SIZE_REACHED: 81,
  FENCED_INSTANCE_ID: 82,
  PRODUCER_FENCED: 90,
} as const;

const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [KAFKA.TRANSPORT, 'BROKER_UNREACHABLE'],
  [KAFKA.RESOLVE, 'BROKER_UNREACHABLE'],
  [KAFKA.ALL_BROKERS_DOWN, 'BROKER_UNREACHABLE'],
  [KAFKA.TIMED_OUT, 'BROKER_UNREACHABLE'],
  [KAFKA.SSL, 'BROKER_UNREACHABLE'],
  [KAFKA.AUTHENTICATION, 'BROKER_REFUSED'],
  [KAFKA.TOPIC_AUTHORIZATION_FAILED, 'BROKER_REFUSED'],
  [KAFKA.GROUP_AUTHORIZATION_FAILED, 'BROKER_REFUSED'],
  [KAFKA.CLUSTER_AUTHORIZATION_FAILED, 'BROKER_REFUSED'],
  [KAFKA.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 'BROKER_REFUSED'],
  [KAFKA.UNSUPPORTED_SASL_MECHANISM, 'BROKER_REFUSED'],
  [KAFKA.SASL_AUTHENTICATION_FAILED, 'BROKER_REFUSED'],
  [KAFKA.UNKNOWN_TOPIC, 'TOPIC_MISSING'],
  [KAFKA.UNKNOWN_PARTITION, 'TOPIC_MISSING'],
  [KAFKA.UNKNOWN_TOPIC_OR_PART, 'TOPIC_MISSING'],
  [KAFKA.INVALID_ARG, 'CONFIG_INVALID'],
  [KAFKA.TOPIC_EXCEPTION, 'CONFIG_INVALID'],
  [KAFKA.INVALID_PARTITIONS, 'CONFIG_INVALID'],
  [KAFKA.INVALID_REPLICATION_FACTOR, 'CONFIG_INVALID'],
  [KAFKA.INVALID_TRANSACTION_TIMEOUT, 'CONFIG_INVALID'],
]);

/** These errors require a new client. */
const ENDS_CLIENT: ReadonlySet<number> = new Set([KAFKA.FATAL, KAFKA.FENCED, KAFKA.FENCED_INSTANCE_ID]);

/** `event.error` contains no codes, only librdkafka's texts, truncated and in lower case. */
export const EVENT_TEXTS: ReadonlyMap<string, number> = new Map([
  ['broker transport failure', KAFKA.TRANSPORT],
  ['host resolution failure', KAFKA.RESOLVE],
  ['all broker connections are down', KAFKA.ALL_BROKERS_DOWN],
  ['timed out', KAFKA.TIMED_OUT],
  ['ssl error', KAFKA.SSL],
  ['authentication failure', KAFKA.AUTHENTICATION],
  ['fatal error', KAFKA.FATAL],
  ['this instance has been fenced by a newer instance', KAFKA.FENCED],
  ['topic authorization failed', KAFKA.TOPIC_AUTHORIZATION_FAILED],
  ['group authorization failed', KAFKA.GROUP_AUTHORIZATION_FAILED],
  ['transactional id authorization failed', KAFKA.TRANSACTIONAL_ID_AUTHORIZATION_FAILED],
  ['cluster authorization failed', KAFKA.CLUSTER_AUTHORIZATION_FAILED],
  ['sasl authentication failed', KAFKA.SASL_AUTHENTICATION_FAILED],
  ['static consumer fenced by other consumer with same group.instance.id', KAFKA.FENCED_INSTANCE_ID],
]);

/** The librdkafka code of an error that the add-on threw or reported, undefined for other errors. */
export function kafkaCodeOf(thrown: unknown): number | undefined {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  if (typeof code !== 'number') return undefined;
  return code === -1 ? (EVENT_TEXTS.get(messageOf(thrown)) ?? code) : code;
}

/** @param what the requested topic, group or address, as in "the topic images" */
export function toKafkaError(thrown: unknown, what: string, otherwise: ErrorCode): StreamInferError {
  return StreamInferError.from(thrown, meaningOf(thrown) ?? otherwise, `${what}: `);
}

/**
 * Why connecting fails. Before the first connection librdkafka reports it only in its log; its error event is a
 * "transport failure". The log line contains no secret.
 */
export function causeInLog(line: string | undefined, what: string): StreamInferError | undefined {
  const text = (line ?? '').replace(/ \(after \d+ms .*$/s, '');
  for (const [pattern, meaning, code] of CONNECT_FAILURES) {
    const reason = pattern.exec(text)?.[1];
    if (reason !== undefined)
      return new StreamInferError(code, `${what}: ${meaning}: ${reason}${remedyFor(reason)}`);
  }
  return undefined;
}

/** A broker does not say what it dislikes about a token. */
function remedyFor(reason: string): string {
  return /invalid_token|OAUTHBEARER/.test(reason)
    ? '; compare issuer, audience and scope of the token with what the broker expects'
    : '';
}

/** Name of the connection in a log line. */
export function connectionOf(line: string | undefined): string | undefined {
  return /^\[thrd:([^\]]+)\]/.exec(line ?? '')?.[1];
}

/**
 * A certificate may be renewed, and a host may get its name, while the client retries; a password must be corrected
 * by the user. Without host names: any of several brokers may be first, and the same reason is logged only once.
 */
const CONNECT_FAILURES: readonly (readonly [pattern: RegExp, meaning: string, code: ErrorCode])[] = [
  [/SASL authentication error: (.*)$/s, 'SASL authentication error', 'BROKER_REFUSED'],
  [/SSL handshake failed: (.*)$/s, 'SSL handshake failed', 'BROKER_UNREACHABLE'],
  [/mechanism handshake failed: (.*?):? *$/s, 'SASL handshake failed', 'BROKER_UNREACHABLE'],
  [/Failed to resolve '.*?': (.*)$/s, 'the host name cannot be resolved', 'BROKER_UNREACHABLE'],
  [/Connect to \S+ failed: (.*)$/s, 'cannot connect', 'BROKER_UNREACHABLE'],
];

/**
 * Of two log lines, the one to report: one broker of several may reject the client while another is only unreachable.
 */
export function worse(
  known: StreamInferError | undefined,
  next: StreamInferError | undefined,
): StreamInferError | undefined {
  return known === undefined || next?.code === 'BROKER_REFUSED' ? (next ?? known) : known;
}

export function isRefusal(thrown: unknown): boolean {
  return meaningOf(thrown) === 'BROKER_REFUSED';
}

/** Of a connection, not of a request: a later connection may be accepted. */
export function isAuthenticationFailure(thrown: unknown): boolean {
  const code = kafkaCodeOf(thrown);
  return code === KAFKA.AUTHENTICATION || code === KAFKA.SASL_AUTHENTICATION_FAILED;
}

export function isUnreachable(thrown: unknown): boolean {
  return meaningOf(thrown) === 'BROKER_UNREACHABLE';
}

/** Brokers close idle connections, so this is not a sign of trouble. */
export function isClosedConnection(thrown: unknown): boolean {
  return kafkaCodeOf(thrown) === KAFKA.TRANSPORT;
}

export function isTopicMissing(thrown: unknown): boolean {
  return meaningOf(thrown) === 'TOPIC_MISSING';
}

/** Ends the older of two processes. */
export function fenced(cause: unknown): StreamInferError {
  return new StreamInferError(
    'FENCED',
    'another process with the same instance id has joined this group, and Kafka fenced this one; ' +
      'use a different instance id for each process',
    { cause },
  );
}

export function topicMissing(topic: string): StreamInferError {
  return new StreamInferError(
    'TOPIC_MISSING',
    // Kafka shows a topic only to users who may describe it.
    `the topic ${topic} does not exist in Kafka, or this user may not describe it; create it, or wait until it exists`,
  );
}

/** The client is unusable: fenced, or in librdkafka's fatal state. */
export function endsClient(thrown: unknown): boolean {
  const fatal =
    typeof thrown === 'object' && thrown !== null && 'isFatal' in thrown && thrown.isFatal === true;
  return fatal || ENDS_CLIENT.has(kafkaCodeOf(thrown) ?? 0) || messageOf(thrown) === 'Client is disconnected';
}

const COORDINATOR_ERRORS: ReadonlySet<number> = new Set([
  KAFKA.COORDINATOR_LOAD_IN_PROGRESS,
  KAFKA.COORDINATOR_NOT_AVAILABLE,
  KAFKA.NOT_COORDINATOR,
]);

/**
 * librdkafka (2.15, its issue 5586) requests the committed offsets of new partitions. When the broker answers that it
 * is not the coordinator (after a restart or a freeze), it never retries. Then the partitions are assigned, and
 * nobody reads them. Such an error reaches the application in this case only.
 */
export function leavesPartitionsUnread(error: unknown): boolean {
  return COORDINATOR_ERRORS.has(kafkaCodeOf(error) ?? 0);
}

function meaningOf(thrown: unknown): ErrorCode | undefined {
  return CODES.get(kafkaCodeOf(thrown) ?? 0);
}
