import { Command } from 'commander';
import { choiceOption } from '../choice-option';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';
import { addServerFlags } from '../server-flags';

/** `labels export`: the labels of a running process, over its HTTP API. */
export function labelsCommand(): Command {
  const command = new Command('labels')
    .description('Export the labels that people gave to images of a stream.')
    .addCommand(exportCommand());
  return addHelp(
    command,
    `
Examples:
  $ stream-infer labels export > labels.ndjson
  $ stream-infer train --from-labels labels.ndjson`,
  );
}

function exportCommand(): Command {
  const command = new Command('export')
    .description('Write all labels with their images, newest first.')
    .addOption(choiceOption('--format', ['ndjson', 'csv'], 'one label per line', 'ndjson'));
  return addServerFlags(command, 'NDJSON, as without it').action(
    lazily(async () => (await import('../actions/labels.js')).exportLabels),
  );
}
