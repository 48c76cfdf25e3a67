import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { BatchReply } from './protocol';

/** Lets Piscina move the big arrays of a reply to the main thread instead of copying them. What arrives is the reply. */
export function transferring(reply: BatchReply): BatchReply {
  const envelope = {
    [transferableSymbol]: [reply.probabilities.buffer, reply.decodedPixels.buffer],
    [valueSymbol]: reply,
  };
  // Piscina's type for `move` knows only single buffers; its documentation has objects with these two symbols.
  return move(envelope) as unknown as BatchReply;
}
