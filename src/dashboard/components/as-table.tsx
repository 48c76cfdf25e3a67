interface AsTableProps {
  /** Content of the table. */
  readonly caption: string;
  /** Label that distinguishes it from another table nearby. */
  readonly label?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The numbers of a chart, for screen readers and for exact values. */
export function AsTable({ caption, label = 'As a table', columns, rows }: AsTableProps) {
  return (
    <details class="as-table">
      <summary>
        {label}
        <span class="hidden">: {caption}</span>
      </summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
        <table class="numbers">
          <caption class="hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([first, ...rest], at) => (
              <tr key={at}>
                <th scope="row">{first}</th>
                {rest.map((value, column) => (
                  <td key={column}>{value}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
