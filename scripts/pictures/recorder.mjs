/** Collects screenshots of a page as frames of a moving picture. */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IMAGES } from './program.mjs';
import { animate } from './webp.mjs';

const { Transformer } = createRequire(import.meta.url)('@napi-rs/image');

const SIZE = { width: 1080, height: 675 };
const QUALITY = 62;
/** Expressions in the page. */
const LOADED = '[...document.images].every((image) => image.complete && image.naturalWidth > 0)';
const CAPTION = (text) => `(() => {
  const caption = document.getElementById('caption') ?? document.body.appendChild(document.createElement('p'));
  caption.id = 'caption';
  caption.textContent = ${JSON.stringify(text)};
  Object.assign(caption.style, { position: 'fixed', inset: 'auto 0 24px', margin: '0 auto', width: 'fit-content',
    padding: '14px 26px', borderRadius: '12px', background: '#12151c', color: '#fff', font: '600 24px sans-serif',
    zIndex: 99, boxShadow: '0 8px 30px #0006' });
})()`;

export class Recorder {
  #frames = [];

  /** Adds the page as a frame that is shown for that time. */
  async frame(page, ms) {
    const png = await page.screenshot();
    const webp = await new Transformer(png).resize(SIZE.width, SIZE.height).webp(QUALITY);
    this.#frames.push({ webp, ms });
    await sleep(150);
  }

  /** Adds frames until the condition holds, at most so many. */
  async frames(page, most, ms, isDone = async () => false) {
    for (let count = 0; count < most && !(await isDone()); count++) await this.frame(page, ms);
  }

  /** Shows this text in the page from now on. */
  async caption(page, text) {
    await page.evaluate(CAPTION(text));
  }

  /** Adds a frame when all images are loaded and drawn. */
  async still(page, ms) {
    while (!(await page.evaluate(LOADED))) await sleep(100);
    await sleep(500);
    await this.frame(page, ms);
  }

  save(name, maxBytes) {
    const bytes = animate(this.#frames, SIZE);
    if (bytes.length > maxBytes)
      throw new Error(`${name} has ${bytes.length} bytes, more than ${maxBytes}: record fewer frames.`);
    writeFileSync(join(IMAGES, name), bytes);
    console.log(`${name}: ${this.#frames.length} frames, ${bytes.length} bytes`);
  }
}
