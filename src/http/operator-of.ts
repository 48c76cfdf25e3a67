import type { Request } from 'express';
import type { Operator, OperatorChannel } from '../core/steering';

/** Start of the user agent of commands that change a running process. */
const CTL_AGENT = 'stream-infer-ctl';

/** Who sent a request that changes something. */
export function operatorOf(request: Request, { by, reason }: Pick<Operator, 'by' | 'reason'>): Operator {
  return { by, reason, via: channelOf(request), address: request.socket.remoteAddress ?? null };
}

/** Browsers declare where a request comes from; foreign pages were refused before. */
function channelOf(request: Request): OperatorChannel {
  if (request.get('user-agent')?.startsWith(CTL_AGENT)) return 'ctl';
  return request.get('sec-fetch-site') === 'same-origin' ? 'page' : 'api';
}
