import { useEffect } from 'preact/hooks';
import type { Prediction } from '../../core/prediction';
import type { PredictionsAnswer } from '../../http/schemas/predictions';
import { listPredictions } from '../api';
import { Alert } from '../components/alert';
import { ImageTile } from '../components/image-tile';
import { clearFilters, FILTERS, PredictionFilters, TIMES } from '../components/prediction-filters';
import { NewerButton, Pager } from '../components/page-tools';
import { ServerImage } from '../components/server-image';
import { clock, count, percent, plural } from '../format';
import { route, setQuery } from '../route';
import { listed, selected } from '../state';
import { useAnswer } from '../use-answer';

/** Fills whole rows of 14, 12, 7, 6, 4 or 3. */
const PAGE = 84;

/** Searchable list of predictions. Filters, page and the open prediction are in the address. */
export function Predictions() {
  const { query } = route.value;
  const wanted = toQuery(query);
  const { data, problem, refresh } = useAnswer(
    () => listPredictions(wanted),
    // Without the time itself, which moves on.
    new URLSearchParams({ ...wanted, from: query.last ?? query.from ?? '' }).toString(),
  );
  useEffect(() => {
    listed.value = data?.predictions ?? [];
    return () => (listed.value = []);
  }, [data]);

  return (
    <div class="view">
      <PredictionFilters />
      <Alert text={problem} />
      {data !== null && (
        <section class="card" aria-labelledby="list-title">
          <div class="card-head">
            <h2 id="list-title">{heading(data.predictions)}</h2>
            <Total total={data.total} />
            <NewerButton
              answer={data}
              counts="predictions"
              note={isFiltered() ? ', unfiltered' : ''}
              refresh={refresh}
            />
          </div>
          {data.predictions.length === 0 ? <Nothing /> : <Grid predictions={data.predictions} />}
          <Pager tab="predictions" next={data.next} />
        </section>
      )}
    </div>
  );
}

/** Counts of all matches, not only of this page. */
function Total({ total }: { total: PredictionsAnswer['total'] }) {
  if (total === undefined || total.predictions === 0) return null;
  const { predictions, judged, correct, complete } = total;
  const accuracy =
    judged === 0 ? '' : `; ${percent(correct / judged, 1)} of ${count(judged)} labelled correct`;
  return (
    <span
      class="muted total"
      role="status"
      title={complete ? 'All matches' : 'Only the newest candidates are counted'}
    >
      {complete
        ? plural(predictions, 'match', 'matches')
        : `at least ${plural(predictions, 'match', 'matches')}`}
      {accuracy}
    </span>
  );
}

function Grid({ predictions }: { predictions: readonly Prediction[] }) {
  return (
    <div class="tiles">
      {predictions.map((prediction) => (
        <ImageTile key={prediction.id} prediction={prediction} onOpen={() => open(prediction)}>
          <ServerImage id={prediction.id} scale={3} text="" />
        </ImageTile>
      ))}
    </div>
  );
}

function open({ id }: Prediction): void {
  // Keeps a prediction of the Live tab, which has the pixels and headers.
  if (selected.peek()?.prediction.id !== id) selected.value = null;
  setQuery({ id });
}

function Nothing() {
  const filtered = isFiltered();
  return (
    <div class="empty is-static">
      <p>
        <strong>{filtered ? 'No matching predictions' : 'No predictions yet'}</strong>
      </p>
      <p class="muted">{filtered ? 'The results store has no match.' : 'Predictions are listed here.'}</p>
      {filtered ? (
        <button type="button" class="primary" onClick={clearFilters}>
          Clear filters
        </button>
      ) : (
        <a class="button primary" href="#/publish">
          Publish images
        </a>
      )}
    </div>
  );
}

function isFiltered(): boolean {
  return FILTERS.some((name) => route.value.query[name] !== undefined);
}

function heading(predictions: readonly Prediction[]): string {
  const newest = predictions[0];
  const oldest = predictions.at(-1);
  if (newest === undefined || oldest === undefined) return 'Predictions';
  if (route.value.query.order === 'confidence') return plural(predictions.length, 'mistake');
  const [from, to] = [clock(oldest.predictedAt).slice(0, 8), clock(newest.predictedAt).slice(0, 8)];
  return `${plural(predictions.length, 'prediction')} ${from === to ? `at ${to}` : `from ${to} back to ${from}`}`;
}

/** Maps the fields of the address to those of the API. */
function toQuery(query: Readonly<Record<string, string>>): Record<string, string> {
  const { search, last = '', ...rest } = query;
  const time = TIMES[last];
  const known = [...FILTERS.filter((name) => name !== 'search' && name !== 'last'), 'before'] as const;
  const taken = known.flatMap((name) => (rest[name] === undefined ? [] : [[name, rest[name]] as const]));
  return {
    ...Object.fromEntries(taken),
    ...(search !== undefined && { id: search }),
    ...(time && { from: new Date(Date.now() - time.ms).toISOString() }),
    total: 'true',
    limit: String(PAGE),
  };
}
