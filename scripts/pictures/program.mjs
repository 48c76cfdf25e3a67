/** The program with its demo and a browser, for the scripts that make pictures of the page. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const PORT = '8080';
/** Images a second: lively, and still readable. */
const RATE = '60';
export const WIDE = { width: 1440, height: 900 };
const RULES = [
  { name: 'bags', kind: 'label', labels: ['Bag'], minConfidence: 0.9, severity: 'info' },
  { name: 'torn', kind: 'low-confidence', maxConfidence: 0.35, severity: 'critical', alert: true },
  { name: 'unsure', kind: 'low-confidence', maxConfidence: 0.5, count: 20, window: '60s', alert: true },
  { name: 'mistakes', kind: 'wrong', count: 10, window: '5m', alert: true },
];
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Where the pictures are stored. */
export const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));

/** CHROMIUM names the program if it is not in its usual place. */
export async function openBrowser() {
  return await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
  });
}

/** Runs of the program that share one data folder, which is removed with them. */
export function createRuns() {
  const home = mkdtempSync(join(tmpdir(), 'stream-infer-pictures-'));
  const rules = join(home, 'rules.json');
  writeFileSync(rules, JSON.stringify({ alerts: RULES }));
  const children = [];
  const run = (...args) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: home,
      env: { ...process.env, XDG_DATA_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.out = '';
    child.stdout.on('data', (chunk) => (child.out += chunk));
    child.log = '';
    child.stderr.on('data', (chunk) => (child.log += chunk));
    child.ended = new Promise((resolve) => child.once('close', resolve));
    children.push(child);
    return child;
  };
  const start = (...flags) => run('--port', PORT, '--rate', RATE, ...flags, '--log-format', 'json');
  return {
    /** Any command. */
    run,
    start,
    startWithRules: (...flags) => start('--config', rules, ...flags),
    close() {
      for (const child of children) child.kill('SIGKILL');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Waits for a line in the log of the program, and returns its first group. */
export async function logged(child, pattern) {
  for (;;) {
    const found = pattern.exec(child.log)?.[1];
    if (found) return found;
    if (child.exitCode !== null) throw new Error(`The program ended; is port ${PORT} taken?\n${child.log}`);
    await sleep(100);
  }
}

/** A page with a full grid of images. */
export async function openPage(browser, url, colorScheme) {
  const page = await browser.newPage({ viewport: WIDE, colorScheme });
  await page.goto(url);
  await page.locator('.tile.is-vacant').first().waitFor({ state: 'detached' });
  return page;
}

/** Waits for figures of the process, for two minutes at most. */
export async function stats(url, isReached) {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await fetch(`${url}/api/v1/stats`);
    if (isReached(await answer.json())) return;
    await sleep(200);
  }
  throw new Error('The process does not reach the expected figures.');
}

export const show = (page, tab) => page.evaluate(`location.hash = '/${tab}'`);
