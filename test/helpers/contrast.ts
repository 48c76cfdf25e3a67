import type { Page } from 'playwright-core';

/** Paints the colours of an element over those of its parents, as the browser does, and measures both results. */
const CONTRAST = `((selector) => {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const paint = (color) => {
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
  };
  const luminance = () => {
    const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (element) => {
    const parents = [];
    for (let one = element; one !== null; one = one.parentElement) parents.unshift(one);
    for (const one of parents) paint(getComputedStyle(one).backgroundColor);
    const background = luminance();
    paint(getComputedStyle(element).color);
    const [high, low] = [background, luminance()].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const found = [...document.querySelectorAll(selector)];
  if (found.length === 0) throw new Error(selector + ' is not on the page');
  return found.map(contrast);
})`;

/** WCAG 2 contrast of text with its background, for each element that is found; none is an error. */
export async function contrastsOf(page: Page, selector: string): Promise<readonly number[]> {
  return await page.evaluate<readonly number[]>(`${CONTRAST}(${JSON.stringify(selector)})`);
}
