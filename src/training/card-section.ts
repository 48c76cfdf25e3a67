/** Later sections stand before this one. */
const NEXT = '## Limits';

/** The text of a model card with a section (its title in the first line); one of that title is replaced. */
export function withSection(card: string, section: string): string {
  const [title = ''] = section.split('\n');
  const sections = card.split(/^(?=## )/m).filter((one) => !one.startsWith(`${title}\n`));
  const at = sections.findIndex((one) => one.startsWith(`${NEXT}\n`));
  if (at < 0) return [...sections.map(endingInEmptyLine), section].join('');
  return [...sections.slice(0, at).map(endingInEmptyLine), `${section}\n`, ...sections.slice(at)].join('');
}

function endingInEmptyLine(section: string): string {
  return section === '' ? '' : `${section.trimEnd()}\n\n`;
}
