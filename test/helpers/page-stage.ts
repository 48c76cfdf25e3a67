import { mkdirSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { startHttpServer, type HttpServer } from '../../src/http/server';
import { launchChromium } from './chromium';
import { contrastsOf } from './contrast';
import { emitImages, startMovingStream } from './moving-stream';
import { buildPage } from './page';
import { answersOfStore } from './page-answers';
import { createFakeServices, SILENT_LOG, type FakeServices } from './services';

/** Folder for screenshots. */
const SHOTS = '/tmp/shots';
/** Resolves when one-time animations are finished, before colours are checked. */
const STILL = `Promise.all(document.getAnimations()
  .filter((animation) => animation.effect?.getTiming().iterations !== Infinity)
  .map((animation) => animation.finished.catch(() => null)))`;
/** WCAG 2 AA. */
const LEAST_CONTRAST = 4.5;
const SERIOUS = ['serious', 'critical'];

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 390, height: 844 };

/** The themes and sizes to check. */
export const LOOKS = [
  ['wide light', WIDE, 'light'],
  ['wide dark', WIDE, 'dark'],
  ['narrow light', NARROW, 'light'],
  ['narrow dark', NARROW, 'dark'],
] as const;

export interface PageStage {
  readonly page: Page;
  readonly services: FakeServices;
  server: HttpServer;
  /** Console errors and warnings, including policy violations; a test with a remaining one fails. */
  readonly complaints: string[];
  open(path?: string, options?: BrowserContextOptions): Promise<void>;
  /** Emits test images with synthetic predictions until the test ends. */
  stream(perSecond?: number): void;
  /** So many of them at once. */
  emit(images: number): void;
  /** A screenshot of the whole page or the viewport (for drawers). */
  shot(name: string, what?: 'page' | 'view'): Promise<void>;
  expectNoSeriousFindings(): Promise<void>;
  expectNoSidewaysScroll(): Promise<void>;
  /** Measures the text of each element; axe leaves out disabled buttons. */
  expectReadable(selector: string): Promise<void>;
}

/** The page in a real browser on a real server over fake services; call it inside `describe`. */
export function usePageStage(): PageStage {
  let browser: Browser;
  let context: BrowserContext | null = null;
  let page: Page;
  let services: FakeServices;
  let server: HttpServer;
  let answer: ReturnType<typeof answersOfStore>;
  let stopStream: (() => void) | null = null;
  const complaints: string[] = [];

  beforeAll(async () => {
    buildPage();
    mkdirSync(SHOTS, { recursive: true });
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
  });
  beforeEach(async () => {
    services = createFakeServices();
    server = await startHttpServer({ host: '127.0.0.1', port: 0, services, log: SILENT_LOG });
    answer = answersOfStore(services);
  });
  afterEach(async () => {
    stopStream?.();
    stopStream = null;
    await context?.unrouteAll({ behavior: 'ignoreErrors' });
    await context?.close();
    context = null;
    await server.close(500);
    expect(complaints.splice(0)).toEqual([]);
  });

  return {
    get page() {
      return page;
    },
    get services() {
      return services;
    },
    get server() {
      return server;
    },
    set server(other) {
      server = other;
    },
    complaints,
    async open(path = '/', options = {}) {
      await context?.close();
      context = await browser.newContext({
        viewport: WIDE,
        permissions: ['clipboard-read', 'clipboard-write'],
        ...options,
      });
      await answer(context);
      await context.addInitScript(
        "addEventListener('securitypolicyviolation', (event) => console.error(event.violatedDirective, event.blockedURI))",
      );
      page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${server.url}${path}`);
    },
    stream(perSecond = 400) {
      stopStream = startMovingStream(services, perSecond);
    },
    emit(images) {
      emitImages(services, images);
    },
    async shot(name, what = 'page') {
      await page.evaluate(STILL);
      await page.screenshot({ path: `${SHOTS}/${name.replaceAll(' ', '-')}.png`, fullPage: what === 'page' });
    },
    async expectNoSeriousFindings() {
      await page.evaluate(STILL);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => SERIOUS.includes(impact ?? ''));
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual(
        [],
      );
    },
    async expectNoSidewaysScroll() {
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(width).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
    },
    async expectReadable(selector) {
      await page.evaluate(STILL);
      expect(Math.min(...(await contrastsOf(page, selector)))).toBeGreaterThanOrEqual(LEAST_CONTRAST);
    },
  };
}
