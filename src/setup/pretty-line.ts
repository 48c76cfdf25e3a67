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
  return [[textOf(line['msg'] ?? '', false), ...fields].join('  '), ...stackOf(line['err'])].join('\n');
}

/** @param quoted text with spaces is quoted, as a field is */
function textOf(value: unknown, quoted = true): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? '';
  return quoted && /[\s"=]/.test(value) ? JSON.stringify(value) : value.replaceAll('\n', '\\n');
}

function stackOf(err: unknown): string[] {
  const { stack, message } = (typeof err === 'object' && err !== null ? err : {}) as {
    readonly stack?: string;
    readonly message?: string;
  };
  const text = stack ?? message;
  return text === undefined ? [] : [`    ${text.replaceAll('\n', '\n    ')}`];
}
