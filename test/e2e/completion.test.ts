import { spawnSync } from 'node:child_process';
import { cli } from '../helpers/cli';

jest.setTimeout(120_000);

/** The completions of the words, without descriptions. */
async function suggestions(...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await cli(['complete', '--', ...words]);
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.trimEnd().split('\n');
  return lines.filter((line) => !line.startsWith(':')).map((line) => line.split('\t')[0] as string);
}

describe('shell completion', () => {
  it.each([
    [['ta'], ['tail']],
    [
      ['dlq', ''],
      ['list', 'redrive', 'help'],
    ],
    [
      ['run', '--broker', ''],
      ['memory', 'kafka', 'pubsub'],
    ],
    [['publish', '--broker', 'k'], ['kafka']],
    [['tail', '--wr'], ['--wrong']],
    [['--bootst'], ['--bootstrap-servers']],
    [['publish', '--format', 'p'], ['png']],
  ])('completes %j', async (words, wanted) => {
    expect(await suggestions(...words)).toEqual(wanted);
  });

  it('has a script for each shell, and bash accepts its script', async () => {
    for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
      const { code, stdout } = await cli(['completion', shell]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/main\.js complete/);
      if (shell === 'bash') expect(spawnSync('bash', ['-n'], { input: stdout }).status).toBe(0);
    }
    expect((await cli(['completion', 'csh'])).code).toBe(2);
  });
});
