import { StreamInferError } from '../../core/errors';
import { shownUrl, type HttpAnswer, type HttpCaller } from './http-caller';
import { parseAnswer } from './scores';
import { isRedirect, judge, judgeError, noSuchModel } from './verdict';

/** Answers of servers without metadata. */
const ABSENT = new Set([404, 405, 501]);

type Json = Readonly<Record<string, unknown>>;

/**
 * Metadata of a model. Rejects as `getJson` does, and with MODEL_MISSING where the server does not know the model: perhaps
 * not yet.
 */
export async function getModelJson(caller: HttpCaller, url: URL): Promise<Json | null> {
  const answer = await get(caller, url);
  const problem = noSuchModel(answer, caller.mask);
  if (problem === undefined) return toJson(caller, answer);
  throw new StreamInferError(
    'MODEL_MISSING',
    `${answer.what} answered: ${problem.replace(/\.$/, '')}; check model.name`,
  );
}

/**
 * JSON of an address; null where the server has none. Rejects with MODEL_UNAVAILABLE where a retry may help, and with
 * CONFIG_INVALID where only another configuration does.
 */
export async function getJson(caller: HttpCaller, url: URL): Promise<Json | null> {
  return toJson(caller, await get(caller, url));
}

function toJson(caller: HttpCaller, answer: HttpAnswer): Json | null {
  if (ABSENT.has(answer.status)) return null;
  const verdict = judge(answer, caller.mask);
  if (verdict.kind === 'answered') {
    try {
      return parseAnswer(verdict.body);
    } catch (error) {
      throw new StreamInferError('CONFIG_INVALID', `model.url: ${answer.what}: ${(error as Error).message}`);
    }
  }
  const isFinal =
    verdict.kind === 'refused' || [401, 403].includes(answer.status) || isRedirect(answer.status);
  throw new StreamInferError(
    isFinal ? 'CONFIG_INVALID' : 'MODEL_UNAVAILABLE',
    isFinal ? `model.url: ${verdict.reason}` : verdict.reason,
  );
}

async function get(caller: HttpCaller, url: URL): Promise<HttpAnswer> {
  try {
    return await caller.send({ method: 'GET', url });
  } catch (error) {
    const verdict = judgeError(error, `GET ${shownUrl(url)}`, caller.mask);
    const reason = 'reason' in verdict ? verdict.reason : '';
    throw new StreamInferError('MODEL_UNAVAILABLE', reason, { cause: error });
  }
}
