/** Polls the readiness of every running instance and records each change. */
import { pause } from '../faults/watch';
import type { Instance, Members } from './members';

/** Between two samples, ms. */
const EVERY = 500;
/** Timeout of a response, ms. */
const ANSWER_LIMIT = 2_000;

export interface Answer {
  /** 0 without an answer. */
  readonly status: number;
  readonly body: string;
}

export class ReadinessSampler {
  readonly #urls = new WeakMap<Instance, string>();
  readonly #last = new Map<string, string>();
  readonly #loop: Promise<void>;
  #stopped = false;

  /** @param onSample whether at least one instance is live and every live one said that it is ready */
  constructor(
    private readonly members: Members,
    private readonly note: (what: string) => void,
    private readonly onSample: (allReady: boolean) => void,
  ) {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  /** The current response of `/readyz`. */
  async ask(instance: Instance, path = '/readyz'): Promise<Answer> {
    try {
      // Found once: the log grows long.
      const url = this.#urls.get(instance) ?? instance.cli.url;
      this.#urls.set(instance, url);
      const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(ANSWER_LIMIT) });
      return { status: response.status, body: await response.text() };
    } catch {
      return { status: 0, body: '' };
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const before = this.members.running;
      const answers = await Promise.all(before.map((instance) => this.ask(instance)));
      const live = before.filter((instance) => this.members.running.includes(instance));
      before.forEach((instance, i) => this.#noteChange(instance, answers[i] as Answer));
      const ready = live.filter((instance) => answers[before.indexOf(instance)]?.status === 200);
      this.onSample(live.length > 0 && ready.length === live.length);
      await pause(EVERY);
    }
  }

  #noteChange({ name, life }: Instance, { status, body }: Answer): void {
    const who = `${name}${life}`;
    const said = status === 200 ? 'ready' : `${status || 'no answer'} ${reasonsOf(body)}`;
    if (this.#last.get(who) === said) return;
    this.#last.set(who, said);
    this.note(`${who} /readyz: ${said}`);
  }
}

/** The reasons in an answer of `/readyz`, or its beginning. */
export function reasonsOf(body: string): string {
  try {
    return ((JSON.parse(body) as { reasons?: string[] }).reasons ?? []).join('; ');
  } catch {
    return body.slice(0, 200);
  }
}
