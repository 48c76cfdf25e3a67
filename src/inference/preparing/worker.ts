import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { move, transferableSymbol, valueSymbol, workerData as piscinaWorkerData } from 'piscina';
import { decodeItem, type DecodeOutcome } from '../../codec/decode-item';
import { messageOf } from '../../core/errors';
import type { ModelShape } from '../../core/model-shape';
import { isSmall, thumbnailOf } from '../../core/picture';
import { lowerPriority } from '../lower-priority';
import { clientOf } from '../remote/client';
import type { ProtocolClient } from '../remote/server-model';
import type {
  DecodeTask,
  PreparingReply,
  PreparingSettings,
  PreparingTask,
  RequestTask,
  ScoresTask,
} from './protocol';

/** Entry file of each preparing thread. Piscina calls it for each task; it never rejects. */
export default handle;

const { shape, remote } = piscinaWorkerData as PreparingSettings;
const client = remote && clientOf(remote.settings, remote.model);
lowerPriority();

async function handle(task: PreparingTask): Promise<PreparingReply> {
  try {
    if (task.kind === 'request') return await write(client, task);
    if (task.kind === 'scores') return read(client, task);
    const outcome = withThumbnail(await decode(task), shape);
    // Node releases the memory of the image decoder in a turn of the event loop.
    await turnOfTheLoop();
    return { kind: 'decoded', outcome };
  } catch (error) {
    return { kind: 'threw', message: messageOf(error) };
  }
}

async function decode({ bytes, format, invert }: DecodeTask): Promise<DecodeOutcome> {
  return await decodeItem(bytes, format, { invert, shape });
}

function withThumbnail(outcome: DecodeOutcome, size: ModelShape): DecodeOutcome {
  if ('code' in outcome || isSmall(size)) return outcome;
  return { ...outcome, thumbnail: thumbnailOf(outcome.pixels, size) };
}

async function write(writer: ProtocolClient | undefined, { images }: RequestTask): Promise<PreparingReply> {
  if (writer === undefined) throw withoutServer();
  const { method, url, headers = {}, body = EMPTY } = await writer.request(images);
  const reply = { kind: 'written', request: { method, url: url.href, headers, body } } as const;
  return isWhole(body) ? moving(reply, body.buffer) : reply;
}

function read(reader: ProtocolClient | undefined, { body, n }: ScoresTask): PreparingReply {
  if (reader === undefined) throw withoutServer();
  return { kind: 'read', scores: reader.scoresIn(Buffer.from(body.buffer, body.byteOffset, body.length), n) };
}

function withoutServer(): TypeError {
  return new TypeError('there is no server');
}

const EMPTY = Buffer.alloc(0);

/** Small buffers are parts of a common one, which must stay. */
function isWhole(body: Uint8Array): body is Uint8Array<ArrayBuffer> {
  return body.byteLength === body.buffer.byteLength;
}

/** Makes Piscina move the memory to the main thread instead of copying it; see its documentation of `move`. */
function moving(reply: PreparingReply, memory: ArrayBuffer): PreparingReply {
  return move({ [transferableSymbol]: [memory], [valueSymbol]: reply }) as unknown as PreparingReply;
}
