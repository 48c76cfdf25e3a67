import { labels } from '../model';
import { route, setQuery } from '../route';
import { SourceFilters } from './source-filters';

/** Filters in the address. `search` is the prefix of an id; `id` is the open prediction. */
export const FILTERS = [
  'label',
  'truth',
  'wrong',
  'minConfidence',
  'maxConfidence',
  'search',
  'last',
  'from',
  'to',
  'topic',
  'partition',
  'key',
  'model',
  'disagreed',
  'order',
] as const;
export type Filter = (typeof FILTERS)[number];

/** Times before now, in the address as `last`. */
export const TIMES: Readonly<Record<string, { readonly text: string; readonly ms: number }>> = {
  '5m': { text: 'Last 5 minutes', ms: 300_000 },
  '1h': { text: 'Last hour', ms: 3_600_000 },
  '24h': { text: 'Last 24 hours', ms: 86_400_000 },
};

const NONE = Object.fromEntries(FILTERS.map((name) => [name, undefined]));

/** A changed filter returns to the newest page, as a step in the browser history. */
function setFilter(changes: Partial<Record<Filter, string | undefined>>, step = true): void {
  setQuery({ ...changes, before: undefined }, { step });
}

export function clearFilters(): void {
  setFilter(NONE);
}

export function PredictionFilters() {
  const { query } = route.value;
  const any = FILTERS.some((name) => query[name] !== undefined);
  return (
    <form class="card filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <ClassField name="label" text="Predicted" value={query.label} />
      <ClassField name="truth" text="Actual" value={query.truth} />
      <div class="field" role="group" aria-label="Confidence in percent">
        <span>Confidence, %</span>
        <div class="range">
          <PercentField name="minConfidence" text="From" absent="0" value={query.minConfidence} />
          <span aria-hidden="true">–</span>
          <PercentField name="maxConfidence" text="To" absent="100" value={query.maxConfidence} />
        </div>
      </div>
      <label class="field">
        <span>Time</span>
        <select
          value={query.last ?? ''}
          onChange={({ currentTarget: { value } }) =>
            setFilter({ last: value || undefined, from: undefined, to: undefined })
          }
        >
          <option value="">Any time</option>
          {Object.entries(TIMES).map(([name, { text }]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>Order</span>
        <select
          value={query.order ?? ''}
          onChange={(event) =>
            setFilter(
              event.currentTarget.value === ''
                ? { order: undefined }
                : { order: event.currentTarget.value, wrong: 'true' },
            )
          }
        >
          <option value="">Newest first</option>
          <option value="confidence">Most confident mistakes first</option>
        </select>
      </label>
      <label class="field grows">
        <span>Id</span>
        <input
          id="search"
          type="search"
          value={query.search ?? ''}
          placeholder="prefix"
          onInput={(event) => setFilter({ search: event.currentTarget.value || undefined }, false)}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={query.wrong === 'true'}
          onChange={(event) =>
            setFilter(
              event.currentTarget.checked ? { wrong: 'true' } : { wrong: undefined, order: undefined },
            )
          }
        />
        <span>Incorrect only</span>
      </label>
      <button type="button" disabled={!any} onClick={clearFilters}>
        Clear
      </button>
      <SourceFilters setFilter={setFilter} />
    </form>
  );
}

function ClassField({ name, text, value }: { name: Filter; text: string; value: string | undefined }) {
  return (
    <label class="field">
      <span>{text}</span>
      <select
        value={value ?? ''}
        onChange={(event) => setFilter({ [name]: event.currentTarget.value || undefined })}
      >
        <option value="">Any class</option>
        {labels.value.map((className, label) => (
          <option key={label} value={String(label)}>
            {className}
          </option>
        ))}
      </select>
    </label>
  );
}

interface PercentFieldProps {
  readonly name: Filter;
  readonly text: string;
  readonly absent: string;
  /** 0–1, as in the API. */
  readonly value: string | undefined;
}

function PercentField({ name, text, absent, value }: PercentFieldProps) {
  const take = (typed: string) => {
    const percent = Math.min(100, Math.max(0, Number(typed)));
    setFilter({ [name]: typed === '' || Number.isNaN(percent) ? undefined : String(round(percent / 100)) });
  };
  return (
    <input
      type="number"
      inputMode="decimal"
      min={0}
      max={100}
      step="any"
      aria-label={text}
      placeholder={absent}
      value={value === undefined ? '' : round(Number(value) * 100)}
      onChange={(event) => take(event.currentTarget.value)}
    />
  );
}

/** Removes the error of binary fractions: 0.07 × 100 is 7.000000000000001. */
function round(value: number): number {
  return Number(value.toFixed(6));
}
