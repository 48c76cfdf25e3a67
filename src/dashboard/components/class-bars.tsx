import { percent, shortCount } from '../format';
import { Bar } from './bar';

/** Number of predictions by class. */
export function ClassBars({ classes }: { classes: Readonly<Record<string, number>> }) {
  const entries = Object.entries(classes);
  const most = Math.max(1, ...entries.map(([, value]) => value));
  const all = Math.max(
    1,
    entries.reduce((sum, [, value]) => sum + value, 0),
  );
  return (
    <table class="bars">
      <caption class="hidden">Predictions by class</caption>
      <tbody>
        {entries.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="bar-cell" aria-hidden="true">
              <Bar share={value / most} />
            </td>
            <td class="number">{shortCount(value)}</td>
            <td class="number muted">{percent(value / all)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
