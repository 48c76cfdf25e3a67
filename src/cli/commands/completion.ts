import { Argument, Command } from 'commander';
import { printScript, printSuggestions, SHELLS, type Shell } from '../completion';

export function completionCommand(): Command {
  const command = new Command('completion')
    .description('Print a script that completes commands, flags and their values in a shell.')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(stream-infer completion bash)                        in ~/.bashrc
  $ source <(stream-infer completion zsh)                         in ~/.zshrc, after compinit
  $ stream-infer completion fish > ~/.config/fish/completions/stream-infer.fish`,
    );
  return command.action(async (shell: Shell) => await printScript(command.parent ?? command, shell));
}

/** What that script calls. */
export function completeCommand(): Command {
  const command = new Command('complete').argument('[words...]').allowUnknownOption().helpOption(false);
  return command.action(async (words: string[]) => await printSuggestions(command.parent ?? command, words));
}
