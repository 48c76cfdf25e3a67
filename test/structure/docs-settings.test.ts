import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load';
import { configSchema } from '../../src/config/schema';

const GUIDES = join(__dirname, '../../docs/guides');
const folder = mkdtempSync(join(tmpdir(), 'stream-infer-settings-'));

interface Block {
  readonly place: string;
  readonly text: string;
}

/** The YAML blocks of a guide that are settings of this program, not of Kubernetes or a cloud. */
function settingsOf(file: string): Block[] {
  const text = readFileSync(join(GUIDES, file), 'utf8');
  const blocks = [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, body = '']) => body);
  return blocks.filter(isOurs).map((body, at) => ({ place: `${file}, block ${at + 1}`, text: body }));
}

function isOurs(text: string): boolean {
  const value = parse(text.replace(/\$\{[^}]*\}/g, 'placeholder')) as unknown;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((key) => key in configSchema.shape);
}

describe('the settings in the guides', () => {
  const blocks = readdirSync(GUIDES).flatMap((file) => (file.endsWith('.md') ? settingsOf(file) : []));

  it('are found', () => {
    expect(blocks.length).toBeGreaterThan(12);
  });

  it.each(blocks.map(({ place, text }) => [place, text]))('are valid: %s', (_, text) => {
    const file = join(folder, 'settings.yaml');
    // Secrets are somewhere else on the machine of the reader.
    writeFileSync(file, text.replace(/\$\{[^}]*\}/g, 'a-secret-of-sixteen-or-more'));
    // The shipped model has neither objects nor a class of this name.
    const env = /person/.test(text) ? { STREAM_INFER_INFERENCE_MODEL: 'own-model' } : {};
    expect(() => loadConfig({ file, env })).not.toThrow();
  });
});
