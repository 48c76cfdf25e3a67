import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { BatchReply } from './protocol';

/** Lets Piscina move the big arrays of a reply to the main thread instead of copying them. What arrives is the reply. */
export function transferring(reply: BatchReply): BatchReply {
  const { probabilities, decodedPixels, predictions } = reply;
  // An empty one has nothing to move, and moving costs as much as copying a small one: the other columns are copied.
  const moved = [probabilities, decodedPixels, predictions?.json].flatMap((bytes) =>
    bytes === undefined || bytes.length === 0 ? [] : [bytes.buffer],
  );
  const envelope = { [transferableSymbol]: moved, [valueSymbol]: reply };
  // Piscina's type for `move` knows only single buffers; its documentation has objects with these two symbols.
  return move(envelope) as unknown as BatchReply;
}
