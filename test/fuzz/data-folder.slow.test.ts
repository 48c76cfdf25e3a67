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

it.each(FORMATS)('a damaged $file is read or refused', (format) =>
  fuzz(
    [readFileSync(join(RELEASE, format.file))],
    async (bytes) => {
      const copy = mkdtempSync(join(folder(), 'data-'));
      try {
        writeFileSync(join(copy, format.file), bytes);
        utimesSync(join(copy, format.file), new Date(), new Date());
        await format.read(copy);
      } finally {
        rmSync(copy, { recursive: true });
      }
    },
    {
      codes: ['FILE_UNREADABLE'],
      share: SHARES[format.file] ?? 1,
      ...(format.file in SHARES && { damage: smallDamage }),
    },
  ),
);
