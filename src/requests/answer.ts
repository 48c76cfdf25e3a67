import { checkDeadLetter } from '../codec/decode-dead-letter';
import { decodePrediction } from '../codec/decode-prediction';
import type { DeadLetter } from '../core/dead-letter';
import { headerText, type Delivery } from '../core/message';
import type { RequestAnswer } from '../http/services';
import { REQUEST_HEADER } from './request-id';

/** What a message of the predictions or dead-letter topic answers. */
export interface FoundAnswer {
  readonly id: string;
  readonly answer: RequestAnswer;
}

export type ReadAnswer = (delivery: Delivery) => FoundAnswer | undefined;

/** Undefined for a prediction of another message, and for a message that is not a prediction. */
export const readPrediction: ReadAnswer = ({ headers, value }) => {
  if (headers.length === 0 || headerText(headers, REQUEST_HEADER) === undefined) return undefined;
  const decoded = decodePrediction(value);
  if ('problem' in decoded) return undefined;
  return { id: decoded.value.id, answer: { state: 'done', prediction: decoded.value } };
};

/** Undefined for a dead letter of another message, and for a message that is not one. */
export const readDeadLetter: ReadAnswer = (delivery) => {
  const id = headerText(delivery.headers, REQUEST_HEADER);
  if (id === undefined) return undefined;
  const decoded = checkDeadLetter(delivery);
  return 'problem' in decoded ? undefined : { id, answer: toFailure(decoded.value) };
};

export function toFailure({ code, message }: Pick<DeadLetter, 'code' | 'message'>): RequestAnswer {
  return { state: 'failed', error: { code, message } };
}
