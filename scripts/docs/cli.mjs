// docs/reference/cli.md, from the help of every command.
import { code, fence, page, table } from './markdown.mjs';
import { built } from './program.mjs';

const INTRODUCTION = `In a checkout, run \`npm start -- <command>\` or \`npx --no-install stream-infer <command>\`. \`run\` is the default command.
Exit codes: 0 success · 1 run-time failure · 2 usage or configuration · 3 broker unreachable · 4 model missing or corrupt ·
5 \`doctor\` found problems · 130 interrupted.`;

export function cliPage(root) {
  const program = built(root, 'cli/program.js').createProgram();
  return page(
    'Command line',
    INTRODUCTION,
    program.commands.flatMap((command) => sections(command, [])),
  );
}

function sections(command, parents) {
  if (['complete', 'help'].includes(command.name())) return [];
  const path = [...parents, command.name()];
  const children = command.commands.flatMap((child) => sections(child, path));
  return [section(command, path), ...children];
}

function section(command, path) {
  const help = command.createHelp();
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  const parts = [
    `## ${path.join(' ')}`,
    command.description(),
    code([...path, command.usage()].join(' ')),
    argumentTable(help, command),
    options.length === 0
      ? ''
      : table(
          ['flag', 'meaning'],
          options.map((option) => [code(option.flags), help.optionDescription(option)]),
        ),
    afterHelp(command),
  ];
  return parts.filter(Boolean).join('\n\n');
}

function argumentTable(help, command) {
  const described = help.visibleArguments(command).filter(({ description }) => description);
  if (described.length === 0) return '';
  return table(
    ['argument', 'meaning'],
    described.map((argument) => [code(argument.name()), help.argumentDescription(argument)]),
  );
}

function afterHelp(command) {
  let text = '';
  command.emit('afterHelp', { error: false, command, write: (part) => (text += part) });
  return text.trim() === '' ? '' : fence(text);
}
