/** Time between two lines about a step under way. */
const AGAIN_MS = 15_000;

/** Numbers the steps of one set-up. Lines on stderr: stdout belongs to the program that is started next. */
export class Progress {
  #titles;

  /** @param titles of the steps that this set-up may take, in order */
  constructor(titles) {
    this.#titles = titles;
  }

  /**
   * Reports the start of a step, and then the elapsed time until the returned function is called with how it ended.
   *
   * @param usualSeconds duration of a step that takes long
   */
  begin(title, usualSeconds) {
    const usually = usualSeconds === undefined ? '' : `usually ${usualSeconds} s`;
    const startedAt = performance.now();
    const elapsed = () => `${((performance.now() - startedAt) / 1000).toFixed(0)} s`;
    this.#line(title, usually === '' ? ' …' : ` … (${usually})`);
    const again = () => this.#line(title, ` … ${[elapsed(), usually].filter(Boolean).join(', ')}`);
    const timer = setInterval(again, AGAIN_MS).unref();
    return (how) => {
      clearInterval(timer);
      if (how !== undefined) this.#line(title, `: ${how} (${elapsed()})`);
    };
  }

  /** Reports a step that took no time. */
  note(title, how) {
    this.#line(title, `: ${how}`);
  }

  #line(title, text) {
    console.error(`setup ${this.#titles.indexOf(title) + 1}/${this.#titles.length} ${title}${text}`);
  }
}

export function say(text) {
  console.error(`setup: ${text}`);
}
