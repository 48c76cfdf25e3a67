import type { RejectionCode } from './errors';
import type { Delivery } from './message';

/** The part of a message that a resolver reads. */
export interface MessageValue extends Pick<Delivery, 'value' | 'headers'> {
  /** Of `value`, where an earlier resolver of a chain replaced it; the headers describe the original. */
  readonly contentType?: string | undefined;
}

/** A new value in place of the message's own. */
export interface ResolvedValue {
  readonly kind: 'resolved';
  readonly value: Buffer;
  /** Of `value`; recognised by its first bytes if absent. */
  readonly contentType?: string | undefined;
  /** Used where no header of the message has one. */
  readonly id?: string | undefined;
  /** The true class, a name or a number; used where no header of the message has one. */
  readonly label?: string | undefined;
}

/** This message never becomes an image: it ends as a dead letter. */
export interface RefusedValue {
  readonly kind: 'refused';
  readonly code: RejectionCode;
  /** Contains the observed and the expected value; safe to show. */
  readonly message: string;
}

/** Nothing final is known about this message: the stream pauses, and the same message is tried again. */
export interface PostponedValue {
  readonly kind: 'postponed';
  /** A sentence with the unavailable part and its failure; safe to show. */
  readonly reason: string;
  /** Least wait, ms; at most 5 minutes are honoured. */
  readonly retryAfterMs?: number | undefined;
}

export type Resolution = ResolvedValue | RefusedValue | PostponedValue;

/**
 * Replaces the value of a message before it is recognised and decoded, such as by the content of a record or of a file.
 *
 * The pipeline calls `resolve` in the order of arrival, and with the first unfinished message of a pause alone. It may
 * answer at once or later; a bounded number of answers are awaited at the same time. A rejection counts as postponed,
 * as does no answer within a minute: a resolver limits its own waits to less.
 */
export interface ValueResolver {
  /** Answers that the caller awaits at the same time; its own limit if absent. */
  readonly concurrency?: number | undefined;
  /**
   * null: the value stays as it is.
   *
   * @param signal aborts when the process stops and nobody awaits the answer
   */
  resolve(message: MessageValue, signal: AbortSignal): Answer;
}

export type Answer = Resolution | null | Promise<Resolution | null>;

/** Each resolver receives what the one before made of the message. Undefined where there are none. */
export function chainResolvers(resolvers: readonly ValueResolver[]): ValueResolver | undefined {
  if (resolvers.length < 2) return resolvers[0];
  const limits = resolvers.flatMap(({ concurrency }) => concurrency ?? []);
  return {
    concurrency: limits.length === 0 ? undefined : Math.min(...limits),
    resolve: (message, signal) => resolveFrom(resolvers, message, null, signal),
  };
}

export function isPending(answer: Answer): answer is Promise<Resolution | null> {
  return answer !== null && 'then' in answer;
}

function resolveFrom(
  [resolver, ...others]: readonly ValueResolver[],
  message: MessageValue,
  before: ResolvedValue | null,
  signal: AbortSignal,
): Answer {
  if (resolver === undefined) return before;
  const resume = (answer: Resolution | null): Answer => {
    if (answer === null) return resolveFrom(others, message, before, signal);
    if (answer.kind !== 'resolved') return answer;
    const { value, contentType, id = before?.id, label = before?.label } = answer;
    const next = { value, headers: message.headers, contentType };
    return resolveFrom(others, next, { ...answer, id, label }, signal);
  };
  const answer = resolver.resolve(message, signal);
  return isPending(answer) ? answer.then(resume) : resume(answer);
}
