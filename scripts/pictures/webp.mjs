/**
 * An animated WebP file from still ones: the chunks of each frame, wrapped as the container format says.
 * https://developers.google.com/speed/webp/docs/riff_container
 */

const ANIMATION_FLAG = 0x02;
/** Frames cover each other completely, so nothing is blended. */
const DO_NOT_BLEND = 0x02;

/** @param {{ webp: Buffer, ms: number }[]} frames all of the same size */
export function animate(frames, { width, height }) {
  const header = Buffer.alloc(10);
  header[0] = ANIMATION_FLAG;
  header.writeUIntLE(width - 1, 4, 3);
  header.writeUIntLE(height - 1, 7, 3);
  // White background, endless loop.
  const animation = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0]);
  const body = [chunk('VP8X', header), chunk('ANIM', animation)];
  for (const { webp, ms } of frames) body.push(frame(webp, ms, width, height));
  return riff(Buffer.concat([Buffer.from('WEBP'), ...body]));
}

function frame(webp, ms, width, height) {
  const head = Buffer.alloc(16);
  head.writeUIntLE(width - 1, 6, 3);
  head.writeUIntLE(height - 1, 9, 3);
  head.writeUIntLE(ms, 12, 3);
  head[15] = DO_NOT_BLEND;
  return chunk('ANMF', Buffer.concat([head, imageOf(webp)]));
}

/** The chunk with the pixels of a still picture, with its header and padding. */
function imageOf(webp) {
  for (let at = 12; at < webp.length;) {
    const name = webp.toString('latin1', at, at + 4);
    const size = webp.readUInt32LE(at + 4);
    const end = at + 8 + size + (size % 2);
    if (name === 'VP8 ' || name === 'VP8L') return webp.subarray(at, end);
    at = end;
  }
  throw new Error('The picture has no VP8 chunk.');
}

function chunk(name, content) {
  const padding = Buffer.alloc(content.length % 2);
  return Buffer.concat([Buffer.from(name), length(content.length), content, padding]);
}

function riff(content) {
  return Buffer.concat([Buffer.from('RIFF'), length(content.length), content]);
}

function length(bytes) {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(bytes);
  return field;
}
