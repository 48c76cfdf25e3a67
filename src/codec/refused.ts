import type { RejectionCode } from '../core/errors';

/** Why bytes are not a usable image. The message contains the observed and the expected value; it is safe to show. */
export interface Refusal {
  readonly code: RejectionCode;
  readonly message: string;
}

/** Passes a refusal up through the decoding steps; `decodeItem` turns it into a result, and it goes no further. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(
    readonly code: RejectionCode,
    message: string,
  ) {
    super(message);
  }
}
