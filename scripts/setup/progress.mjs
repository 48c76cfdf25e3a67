const TOTAL = 4;

/** Lines on stderr: stdout belongs to the program that is started next. */
export function announce(step, title, hint = '') {
  console.error(`setup ${step}/${TOTAL} ${title} …${hint && ` ${hint}`}`);
}

export function finished(step, title, how, startedAt) {
  console.error(
    `setup ${step}/${TOTAL} ${title}: ${how} (${((performance.now() - startedAt) / 1000).toFixed(0)} s)`,
  );
}

export function say(text) {
  console.error(`setup: ${text}`);
}
