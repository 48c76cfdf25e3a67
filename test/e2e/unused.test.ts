import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describeWith } from '../helpers/parts';

jest.setTimeout(600_000);

const ROOT = resolve(__dirname, '../..');

describeWith(['knip'], 'what nothing uses', () => {
  it('there is no unused file, export or dependency', () => {
    const { status, stdout } = spawnSync('npm', ['run', '--silent', 'knip', '--', '--no-progress'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect([status, stdout.trim()]).toEqual([0, '']);
  });
});
