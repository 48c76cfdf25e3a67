import type { ConfusionAnswer } from '../../http/schemas/quality';
import { count, percent, shortCount } from '../format';
import { hashOf } from '../route';

/** Confusion matrix: row = actual, column = predicted. A cell links to its predictions. */
export function ConfusionMatrix({ confusion, shares }: { confusion: ConfusionAnswer; shares: boolean }) {
  const { classes, matrix } = confusion;
  return (
    <div class="matrix-holder" tabIndex={0} role="region" aria-label="Confusion matrix, scrollable">
      <table class="matrix" style={{ '--row-name': `${rowNameWidth(classes)}px` }}>
        <caption class="hidden">
          Predictions by actual class (rows) and predicted class (columns)
          {shares ? ', as a share of the row' : ''}
        </caption>
        <thead>
          <tr>
            <td class="corner">
              <span aria-hidden="true">actual ↓ predicted →</span>
            </td>
            {classes.map((name, label) => (
              <th key={label} scope="col">
                <span>{name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.map((row, truth) => (
            <tr key={truth}>
              <th scope="row">{classes[truth]}</th>
              {row.map((value, label) => (
                <Cell
                  key={label}
                  value={value}
                  total={row.reduce((sum, one) => sum + one, 0)}
                  truth={truth}
                  label={label}
                  classes={classes}
                  shares={shares}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A single mistake still has a colour. */
const LEAST_HEAT = 0.12;

/** Of the column with the actual classes, for the longest name up to a limit. */
function rowNameWidth(classes: readonly string[]): number {
  const longest = Math.max(0, ...classes.map((name) => name.length));
  return Math.min(160, Math.max(96, 8 * longest + 8));
}

interface CellProps {
  readonly value: number;
  /** Of the row. */
  readonly total: number;
  readonly truth: number;
  readonly label: number;
  readonly classes: readonly string[];
  readonly shares: boolean;
}

function Cell({ value, total, truth, label, classes, shares }: CellProps) {
  const right = truth === label;
  if (value === 0) {
    return (
      <td class={right ? 'is-none is-right' : 'is-none'}>
        <span class="hidden">0</span>
      </td>
    );
  }
  const share = value / total;
  // Each kind of error is a few percent of a row; the square root keeps them distinguishable.
  const heat = right ? share : Math.max(LEAST_HEAT, Math.sqrt(share));
  return (
    <td class={right ? 'is-right' : 'is-mistake'} style={{ '--heat': heat.toFixed(3) }}>
      <a
        href={hashOf('predictions', { truth: String(truth), label: String(label) })}
        aria-label={spoken({ value, share, truth, label, classes })}
      >
        {shares ? percent(share) : shortCount(value)}
      </a>
    </td>
  );
}

function spoken({
  value,
  share,
  truth,
  label,
  classes,
}: Omit<CellProps, 'total' | 'shares'> & { share: number }): string {
  return `Actual ${classes[truth]}, predicted ${classes[label]}: ${count(value)}, ${percent(share, 1)}. Show predictions`;
}
