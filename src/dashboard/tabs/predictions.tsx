import { useEffect } from 'preact/hooks';
import type { PredictionsAnswer } from '../../http/wire';
import type { Prediction } from '../../core/prediction';
import { listPredictions } from '../api';
import { Alert } from '../components/alert';
import { ImageTile } from '../components/image-tile';
import { clearFilters, FILTERS, PredictionFilters } from '../components/prediction-filters';
import { ServerImage } from '../components/server-image';
import { clock, count, plural } from '../format';
import { goTo, route, setQuery } from '../route';
import { listed, selected, stats } from '../state';
import { useAnswer } from '../use-answer';

const PAGE = 96;

interface Page extends PredictionsAnswer {
  /** How many predictions there were when it was asked for. */
  readonly total: number;
}

/** What was predicted, newest first, to be searched. Filters, page and the open prediction are in the address. */
export function Predictions() {
  const { query } = route.value;
  const wanted = toQuery(query);
  const { data, problem, refresh } = useAnswer<Page>(async () => {
    const total = stats.peek()?.predictions ?? 0;
    return { ...(await listPredictions(wanted)), total };
  }, new URLSearchParams(wanted).toString());
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
            <Newer page={data} refresh={refresh} />
          </div>
          {data.predictions.length === 0 ? <Nothing /> : <Grid predictions={data.predictions} />}
          <Pager next={data.next} />
        </section>
      )}
    </div>
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
  // What the live tab knew of it stays: it may know the pixels and the headers.
  if (selected.peek()?.prediction.id !== id) selected.value = null;
  setQuery({ id });
}

/** How many came since; the page stands still meanwhile, so that nothing moves under the pointer. */
function Newer({ page, refresh }: { page: Page; refresh: () => void }) {
  if (route.value.query.before !== undefined) return null;
  const since = Math.max(0, (stats.value?.predictions ?? 0) - page.total);
  const any = FILTERS.some((name) => route.value.query[name] !== undefined);
  return (
    <button type="button" class="small" onClick={refresh} disabled={since === 0}>
      {since === 0 ? 'Up to date' : `Refresh: ${count(since)} newer${any ? ', of any kind' : ''}`}
    </button>
  );
}

function Pager({ next }: { next: number | null }) {
  const { query } = route.value;
  if (next === null && query.before === undefined) return null;
  const turn = (before: string | undefined) => {
    const { before: _, id: __, ...rest } = query;
    goTo('predictions', before === undefined ? rest : { ...rest, before });
    scrollTo({ top: 0 });
  };
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" disabled={query.before === undefined} onClick={() => turn(undefined)}>
        Newest
      </button>
      <button type="button" disabled={next === null} onClick={() => turn(String(next))}>
        Older
      </button>
    </nav>
  );
}

function Nothing() {
  const filtered = FILTERS.some((name) => route.value.query[name] !== undefined);
  return (
    <div class="empty is-static">
      <p>
        <strong>{filtered ? 'No prediction is like that' : 'No predictions yet'}</strong>
      </p>
      <p class="muted">
        {filtered ? 'Among those that are kept, at least.' : 'Each one is listed here once it is made.'}
      </p>
      {filtered ? (
        <button type="button" class="primary" onClick={clearFilters}>
          Clear the filters
        </button>
      ) : (
        <a class="button primary" href="#/publish">
          Publish some
        </a>
      )}
    </div>
  );
}

function heading(predictions: readonly Prediction[]): string {
  const newest = predictions[0];
  const oldest = predictions.at(-1);
  if (newest === undefined || oldest === undefined) return 'Predictions';
  return `${plural(predictions.length, 'prediction')}, ${clock(newest.predictedAt).slice(0, 8)} back to ${clock(oldest.predictedAt).slice(0, 8)}`;
}

/** The address's fields as the API's. */
function toQuery(query: Readonly<Record<string, string>>): Record<string, string> {
  const { search, ...rest } = query;
  const known = [...FILTERS, 'before'] as const;
  const taken = known.flatMap((name) => (rest[name] === undefined ? [] : [[name, rest[name]] as const]));
  return { ...Object.fromEntries(taken), ...(search !== undefined && { id: search }), limit: String(PAGE) };
}
