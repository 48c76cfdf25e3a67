/** Fields that pino and pino-pretty show elsewhere. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set([
  'level',
  'time',
  'msg',
  'name',
  'pid',
  'hostname',
  'err',
]);

/** A log line for people: the message and its fields in one line; only a stack needs more. */
export function prettyLine(line: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(line)
    .filter(([name, value]) => !SHOWN_ELSEWHERE.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${textOf(value)}`);
  return [[String(line['msg'] ?? ''), ...fields].join('  '), ...stackOf(line['err'])].join('\n');
}

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return (/[\s"=]/.test(text) && typeof value === 'string' ? JSON.stringify(text) : text).replaceAll(
    '\n',
    '\\n',
  );
}

function stackOf(err: unknown): string[] {
  const { stack, message } = (typeof err === 'object' && err !== null ? err : {}) as {
    readonly stack?: unknown;
    readonly message?: unknown;
  };
  const text = stack ?? message;
  return text === undefined ? [] : [`    ${String(text).replaceAll('\n', '\n    ')}`];
}
