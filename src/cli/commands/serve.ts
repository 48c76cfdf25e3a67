import { Command } from 'commander';
import { addConfigFlags } from '../add-config-flags';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
The second process of the two-process mode; run --no-http is the first, and classifies.
serve reads the predictions, dead letters and (with rules) events into its own store
and answers HTTP requests from it. Start any number of both, in any order. Each serve
sees every message, resumes at the end of its store, and shows nothing twice. Each one
needs its own --store and --port. Without a model, classify and the inference
protocols answer 501; images stay in their topic.

Examples:
  $ stream-infer run --broker kafka --no-http          any number of times
  $ stream-infer serve --broker kafka                  page on http://localhost:8080
  $ stream-infer serve --broker kafka --port 8081 --store second.db`;

export function serveCommand(): Command {
  const command = new Command('serve').description(
    'Serve the page and the API from the predictions topic, next to run --no-http.',
  );
  addConfigFlags(command, 'serve');
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/serve.js')).serve));
}
