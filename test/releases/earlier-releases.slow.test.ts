/** The files that earlier releases left in the data folder are read, and those of later ones are kept. */
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeRecord } from '../../src/core/record-log/record';
import { withDatabase } from '../helpers/store';
import { expectedIn, FORMATS } from './formats';

const RELEASES = readdirSync(__dirname, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const JOURNALS = ['events.log', 'callbacks.log', 'camera-1.table'];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stream-infer-release-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the files, as new as those of a process that has just ended. */
function copyOf(release: string): void {
  cpSync(join(__dirname, release), folder, { recursive: true });
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), new Date(), new Date());
}

function formatOf(file: string): (typeof FORMATS)[number] {
  return FORMATS.find((format) => format.file === file)!;
}

describe.each(RELEASES)('the data folder of release %s', (release) => {
  it.each(FORMATS.map(({ file }) => file))('is read: %s', async (file) => {
    copyOf(release);
    expect(JSON.parse(JSON.stringify(await formatOf(file).read(folder)))).toEqual(expectedIn(folder)[file]);
  });

  it('is written by this release with every file', async () => {
    for (const format of FORMATS) await format.write(folder);
    for (const format of FORMATS)
      expect(JSON.parse(JSON.stringify(await format.read(folder)))).toEqual(
        expectedIn(join(__dirname, release))[format.file],
      );
  });
});

describe('a record of a later release', () => {
  it.each(JOURNALS)('is left out, and kept in a copy: %s', async (file) => {
    const release = RELEASES.at(-1)!;
    copyOf(release);
    appendFileSync(join(folder, file), encodeRecord({ later: ['words', 1] }));
    const written = readFileSync(join(folder, file));
    expect(JSON.parse(JSON.stringify(await formatOf(file).read(folder)))).toEqual(expectedIn(folder)[file]);
    const copies = readdirSync(folder).filter((name) => name.startsWith(`${file}.corrupt-`));
    expect(copies.map((name) => readFileSync(join(folder, name)))).toEqual([written]);
  });

  it('leaves a crash journal of another format as it is', async () => {
    const path = join(folder, 'crash.unclean');
    const header = { format: 'stream-infer journal 9', host: 'x', pid: 1, startedAt: 1, slotBytes: 512 };
    writeFileSync(path, encodeRecord(header));
    expect(await formatOf('crash.unclean').read(folder)).toEqual([0, 0, 0]);
    expect(readFileSync(path, 'utf8')).toBe(encodeRecord(header));
  });

  it('leaves a results store of a later schema as it is', async () => {
    copyOf(RELEASES.at(-1)!);
    const path = join(folder, 'predictions.db');
    await withDatabase(path, (db) => db.exec('PRAGMA user_version = 999'));
    const written = readFileSync(path);
    await expect(formatOf('predictions.db').read(folder)).rejects.toThrow(/schema 999/);
    expect(readFileSync(path).equals(written)).toBe(true);
  });
});
