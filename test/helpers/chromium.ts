import { chromium, type Browser } from 'playwright-core';
import { requirePart } from './parts';

/** Without requests of its own, which a test would count as foreign. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({ executablePath: requirePart('chromium'), args: FLAGS });
}
