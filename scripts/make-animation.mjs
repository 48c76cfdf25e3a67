/**
 * Makes moving pictures from the real program: docs/images/{tour,outage,shadow}.webp.
 * Run it after a build; it needs Chromium, and `outage` also Java and Maven: node scripts/make-animation.mjs [name …]
 */
import * as outage from './pictures/outage.mjs';
import { createRuns, openBrowser } from './pictures/program.mjs';
import { Recorder } from './pictures/recorder.mjs';
import * as shadow from './pictures/shadow.mjs';
import * as tour from './pictures/tour.mjs';

const PICTURES = { tour, outage, shadow };
const NAMES = Object.keys(PICTURES);
const chosen = process.argv.length > 2 ? process.argv.slice(2) : NAMES;

for (const name of chosen) {
  if (!NAMES.includes(name)) throw new Error(`There is no picture ${name}: ${NAMES.join(', ')}.`);
  const { record, MAX_BYTES } = PICTURES[name];
  const recorder = new Recorder();
  const runs = createRuns();
  const browser = await openBrowser();
  try {
    await record({ runs, browser, recorder });
  } finally {
    await browser.close();
    runs.close();
  }
  recorder.save(`${name}.webp`, MAX_BYTES);
}
