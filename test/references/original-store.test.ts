import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseConfig } from '../../src/config/load';
import type { Answer, ValueResolver } from '../../src/core/resolver';
import { createOriginalStore } from '../../src/references/original-store';

describe('the store of originals', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-originals-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  async function keep(id: string, answer: Answer = null): Promise<string | undefined> {
    const resolver: ValueResolver = { resolve: () => answer };
    const store = await createOriginalStore({
      place: `${pathToFileURL(folder).href}/new folder`,
      config: parseConfig({}).config.references,
      resolver,
    });
    const message = { value: Buffer.from('as it came'), headers: [] };
    return await store.keep(id, message, new AbortController().signal).finally(() => store.close());
  }
  const kept = (id: string) => readFileSync(join(folder, 'new folder', id), 'utf8');

  it('keeps a message under the id of its event, and leaves no other file', async () => {
    expect(await keep('e1')).toBeUndefined();
    expect(kept('e1')).toBe('as it came');
    expect(readdirSync(join(folder, 'new folder'))).toEqual(['e1']);
  });

  it('keeps the image that the message refers to', async () => {
    await keep('e2', { kind: 'resolved', value: Buffer.from('fetched') });
    expect(kept('e2')).toBe('fetched');
  });

  it('keeps the message itself where its image is refused', async () => {
    await keep('e3', { kind: 'refused', code: 'REFERENCE_NOT_FOUND', message: 'it is gone' });
    expect(kept('e3')).toBe('as it came');
  });

  it('is asked again while the image is not available', async () => {
    await expect(keep('e4', { kind: 'postponed', reason: 'the store is down' })).rejects.toThrow(
      'the store is down',
    );
    expect(existsSync(join(folder, 'new folder', 'e4'))).toBe(false);
  });

  it.each(['https://host/x', 's3://*', 'nowhere'])('does not fit %s', (keepOriginals) => {
    expect(() => parseConfig({ events: { keepOriginals } })).toThrow(/events\.keepOriginals/);
  });
});
