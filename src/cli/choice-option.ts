import { Option } from 'commander';

/** An option with its choices in the placeholder, like the flags of the configuration: `--runtime <auto|onnx>`. */
export function choiceOption(
  flag: string,
  choices: readonly string[],
  description: string,
  otherwise?: string,
): Option {
  const option = new Option(`${flag} <${choices.join('|')}>`, description).choices(choices);
  return otherwise === undefined ? option : option.default(otherwise);
}

/** Help of an option: commander would repeat the choices of the placeholder, and put words into quotes. */
export function describeOption(option: Option): string {
  const { description, flags, argChoices, defaultValueDescription } = option;
  const defaultValue = option.defaultValue as string | number | boolean | undefined;
  const takesValue = option.required || option.optional;
  const facts = [
    argChoices && !flags.includes('|') ? `choices: ${argChoices.join(', ')}` : '',
    takesValue && defaultValue !== undefined
      ? `default: ${defaultValueDescription ?? String(defaultValue)}`
      : '',
  ].filter((fact) => fact !== '');
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
}
