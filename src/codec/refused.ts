import type { RejectionCode } from '../core/errors';

/** Why bytes are no usable image. The message names what was found and what was expected; it is safe to show. */
export interface Refusal {
  readonly code: RejectionCode;
  readonly message: string;
}

/** Carries a refusal up through the decoding steps; `decodeItem` turns it into a result, nobody else sees it. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(
    readonly code: RejectionCode,
    message: string,
  ) {
    super(message);
  }
}
