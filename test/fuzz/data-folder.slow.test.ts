/** The files of the data folder after a crash, a full disk or another program. */
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMATS } from '../releases/formats';
import { fuzz } from './fuzz';
import { smallDamage } from './damage';
import { useFolder } from './use-folder';

jest.setTimeout(600_000);

const RELEASE = join(__dirname, '../releases/0.1.0');
/** A store is opened and closed for each input, with a file of its own. */
const SHARES: Readonly<Record<string, number>> = { 'predictions.db': 0.2 };

const folder = useFolder();

it.each(FORMATS)('what is left of $file is read, or it is left alone', ({ file, read }) =>
  fuzz(
    [readFileSync(join(RELEASE, file))],
    async (bytes) => {
      const copy = mkdtempSync(join(folder(), 'data-'));
      try {
        writeFileSync(join(copy, file), bytes);
        utimesSync(join(copy, file), new Date(), new Date());
        await read(copy);
      } finally {
        rmSync(copy, { recursive: true });
      }
    },
    {
      codes: ['FILE_UNREADABLE'],
      share: SHARES[file] ?? 1,
      ...(file in SHARES && { damage: smallDamage }),
    },
  ),
);
