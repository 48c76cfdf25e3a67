// Summarises the runs of a figure as text or as a Markdown table.

/** @typedef {{ name: string, values: readonly number[], unit: string, digits?: number }} Line */

/** Median, lowest and highest; for an even number of values the median is the mean of the middle two. */
export function summaryOf(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return { count: 0 };
  const half = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return { median, lowest: sorted[0], highest: sorted.at(-1), count: sorted.length };
}

/** One line per figure, at most 80 columns. */
export function toText(title, lines) {
  const rows = lines.map(({ name, values, unit, digits = 0 }) => {
    const { median, lowest, highest, count } = summaryOf(values);
    if (count === 0) return `  ${name.padEnd(38)} not available`;
    const spread = count > 1 ? `  (${text(lowest, digits)} – ${text(highest, digits)})` : '';
    return `  ${name.padEnd(38)} ${text(median, digits).padStart(9)} ${unit}${spread}`.trimEnd();
  });
  return [title, ...rows].join('\n');
}

/** A table for docs/benchmarks.md. */
export function toMarkdown(title, lines) {
  const rows = lines.map(({ name, values, unit, digits = 0 }) => {
    const { median, lowest, highest, count } = summaryOf(values);
    const known = count > 0;
    const spread = count > 1 ? `${text(lowest, digits)} – ${text(highest, digits)}` : '';
    return `| ${name} | ${known ? `${text(median, digits)} ${unit}`.trim() : 'not available'} | ${spread} |`;
  });
  return [`**${title}**`, '', '| figure | median | lowest – highest |', '| --- | --- | --- |', ...rows].join(
    '\n',
  );
}

function text(value, digits) {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
