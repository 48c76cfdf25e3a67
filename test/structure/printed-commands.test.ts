import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runnable } from '../../src/cli/program-name';

const SRC = resolve(__dirname, '../../src');

/** Their messages are logged or sent over HTTP, where no command is replaced by one that works there. */
const FOLDERS = ['brokers', 'dead-letters', 'http', 'publishing', 'results', 'results-server', 'telemetry'];

describe('messages outside the command line', () => {
  it.each(FOLDERS)('print no command that works only after a global installation: %s', (folder) => {
    const files = readdirSync(join(SRC, folder), { recursive: true, encoding: 'utf8' });
    const wrong = files
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => codeLines(join(SRC, folder, file)).map((line) => `${file}: ${line.trim()}`))
      .filter((line) => runnable(line, 'other') !== line);
    expect(wrong).toEqual([]);
  });
});

function codeLines(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !/^\s*(?:\/\/|\/\*|\*)/.test(line));
}
