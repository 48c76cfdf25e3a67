import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const script = pathToFileURL(join(__dirname, '../../scripts/pictures/webp.mjs')).href;

/** A still WebP file whose image chunk has three bytes and one byte of padding. */
const STILL = `Buffer.concat([Buffer.from('RIFF....WEBPVP8 '), Buffer.from([3, 0, 0, 0, 7, 8, 9, 0])])`;

describe('the moving picture of the README', () => {
  it('contains the pixels and the duration of each frame', () => {
    const code = `
      import { animate } from ${JSON.stringify(script)};
      const webp = ${STILL};
      const file = animate([{ webp, ms: 350 }, { webp, ms: 2000 }], { width: 4, height: 2 });
      process.stdout.write(file.toString('base64'));`;
    const text = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    const file = Buffer.from(text, 'base64');
    expect(file.readUInt32LE(4)).toBe(file.length - 8);
    expect(file.toString('latin1', 8, 16)).toBe('WEBPVP8X');
    const frames = [...file.toString('latin1').matchAll(/ANMF/g)].map(({ index }) => index + 8);
    expect(frames.map((at) => file.readUIntLE(at + 12, 3))).toEqual([350, 2000]);
    expect(frames.map((at) => [...file.subarray(at + 16, at + 28)])).toEqual([
      [...Buffer.from('VP8 '), 3, 0, 0, 0, 7, 8, 9, 0],
      [...Buffer.from('VP8 '), 3, 0, 0, 0, 7, 8, 9, 0],
    ]);
  });
});
