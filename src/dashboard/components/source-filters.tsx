import { useEffect, useState } from 'preact/hooks';
import { route } from '../route';
import { about } from '../state';
import type { Filter } from './prediction-filters';

/** Filters of the message and the model of a prediction. */
const FIELDS = ['from', 'to', 'topic', 'partition', 'key', 'model', 'disagreed'] as const;

interface SourceFiltersProps {
  readonly setFilter: (changes: Partial<Record<Filter, string | undefined>>) => void;
}

/** The rarer filters, folded until one is set. */
export function SourceFilters({ setFilter }: SourceFiltersProps) {
  const { query } = route.value;
  const model = about.value?.model;
  const any = FIELDS.some((name) => query[name] !== undefined);
  const [open, setOpen] = useState(any);
  useEffect(() => {
    if (any) setOpen(true);
  }, [any]);
  const text = (name: Filter, label: string, placeholder: string) => (
    <label class="field">
      <span>{label}</span>
      <input
        value={query[name] ?? ''}
        placeholder={placeholder}
        onChange={(event) => setFilter({ [name]: event.currentTarget.value || undefined })}
      />
    </label>
  );
  return (
    <details class="more-filters" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Time range, source and model</summary>
      <div class="more-fields">
        <TimeField name="from" text="Since" value={query.from} setFilter={setFilter} />
        <TimeField name="to" text="Before" value={query.to} setFilter={setFilter} />
        {text('topic', 'Topic', about.value?.topics.input ?? '')}
        <label class="field">
          <span>Partition</span>
          <input
            type="number"
            inputMode="numeric"
            min={0}
            step={1}
            value={query.partition ?? ''}
            onChange={(event) => setFilter({ partition: event.currentTarget.value || undefined })}
          />
        </label>
        {text('key', 'Key', 'exact')}
        {text(
          'model',
          'Model',
          model === null || model === undefined ? 'name@version' : `${model.name}@${model.version}`,
        )}
        <label class="check">
          <input
            type="checkbox"
            checked={query.disagreed === 'true'}
            onChange={(event) => setFilter({ disagreed: event.currentTarget.checked ? 'true' : undefined })}
          />
          <span>Shadow disagrees</span>
        </label>
      </div>
    </details>
  );
}

interface TimeFieldProps extends SourceFiltersProps {
  readonly name: 'from' | 'to';
  readonly text: string;
  /** ISO 8601, as in the API. */
  readonly value: string | undefined;
}

/** A time in the time zone of the browser. It replaces a time before now. */
function TimeField({ name, text, value, setFilter }: TimeFieldProps) {
  const take = (typed: string) => {
    const at = new Date(typed);
    setFilter({ [name]: Number.isNaN(at.getTime()) ? undefined : at.toISOString(), last: undefined });
  };
  return (
    <label class="field">
      <span>{text}</span>
      <input
        type="datetime-local"
        step={1}
        value={toLocal(value)}
        onChange={(event) => take(event.currentTarget.value)}
      />
    </label>
  );
}

function toLocal(iso: string | undefined): string {
  const at = new Date(iso ?? Number.NaN);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
