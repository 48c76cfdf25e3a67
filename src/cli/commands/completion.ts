import { Argument, Command } from 'commander';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

const HELP = `
Examples:
  $ source <(stream-infer completion bash)                        in ~/.bashrc
  $ source <(stream-infer completion zsh)                         in ~/.zshrc, after compinit
  $ stream-infer completion fish > ~/.config/fish/completions/stream-infer.fish`;

const completion = () => import('../completion.js');

export function completionCommand(): Command {
  const command = new Command('completion')
    .description('Print a shell script that completes commands, flags and values.')
    .addArgument(new Argument('<shell>').choices(SHELLS));
  return addHelp(command, HELP).action(lazily(async () => (await completion()).printScript));
}

/** Called by that script. */
export function completeCommand(): Command {
  const command = new Command('complete').argument('[words...]').allowUnknownOption().helpOption(false);
  return command.action(lazily(async () => (await completion()).printSuggestions));
}
