import { useState } from 'preact/hooks';
import { isFashionMnist } from '../../core/model-shape';
import type { ModelAnswer } from '../../http/schemas/models';
import { startJob, type PublishForm } from '../api';
import { JobList, refreshJobs } from '../components/job-list';
import { Command, PublishCommands } from '../components/publish-commands';
import { plural } from '../format';
import { model } from '../model';
import { route, setQuery } from '../route';
import { about } from '../state';

const SIZES = { test: 10_000, train: 60_000 } as const;

/** Publishes a range of the dataset, or explains how to publish files to a model of other images. */
export function Publish() {
  return model.value === null || isFashionMnist(model.value) ? <PublishDataset /> : <PublishFiles />;
}

function PublishFiles() {
  const broker = about.value?.broker ?? 'memory';
  const topic = about.value?.topics.input ?? 'images';
  return (
    <div class="halves">
      <section class="card stack" aria-labelledby="publish-title">
        <h2 id="publish-title">Publish images</h2>
        <p>
          The active model takes {sizeText(model.value)} images, and the dataset of this page has
          Fashion-MNIST's. Publish your own files instead:
        </p>
        {broker === 'memory' ? (
          <p class="muted">
            The in-memory broker is private to this process: classify single images in{' '}
            <a href="#/try-it">Try it</a>, or start with Kafka or Pub/Sub.
          </p>
        ) : (
          <Command
            text={`npx --no-install stream-infer publish --broker ${broker} --topic ${topic} --images ./photos`}
            label="Copy command"
          />
        )}
      </section>
    </div>
  );
}

function sizeText(shape: ModelAnswer | null): string {
  return shape === null ? '' : `${shape.channels === 3 ? 'colour' : 'grey'} ${shape.width}×${shape.height}`;
}

/** Publishes a range of the dataset and shows the progress. The form is in the address. */
function PublishDataset() {
  const form = readForm(route.value.query);
  const problem = check(form);
  const [refused, setRefused] = useState('');
  const [sending, setSending] = useState(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (problem !== '') return;
    setSending(true);
    setRefused('');
    await startJob(form).then(refreshJobs, (error: Error) => setRefused(error.message));
    setSending(false);
  };

  return (
    <div class="halves">
      <form
        class="card stack"
        onSubmit={(event) => void submit(event)}
        aria-labelledby="publish-title"
        noValidate
      >
        <h2 id="publish-title">Publish images</h2>
        <fieldset class="segments">
          <legend>Split</legend>
          {(['test', 'train'] as const).map((split) => (
            <label key={split}>
              <input
                type="radio"
                name="split"
                checked={form.split === split}
                onChange={() => setQuery({ split })}
              />
              <span>
                {split} <small>{SIZES[split].toLocaleString('en')}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <div class="field-row">
          <NumberField name="start" label="Start" hint="included" value={form.start} />
          <NumberField name="end" label="End" hint="not included" value={form.end} />
          <NumberField name="rate" label="Rate" hint="images/s; empty: unlimited" value={form.rate} />
        </div>
        <div class="row">
          <Check name="loop" label="Loop" hint="restart at the end" checked={form.loop} />
          <Check name="shuffle" label="Shuffle" hint="random order" checked={form.shuffle} />
        </div>
        <p class={problem === '' ? 'summary' : 'summary is-bad'} role="status">
          {problem || summary(form)}
        </p>
        {refused !== '' && (
          <p class="alert" role="alert">
            {refused}
          </p>
        )}
        <button type="submit" class="primary wide" disabled={problem !== '' || sending}>
          {buttonText(form, problem, sending)}
        </button>
      </form>
      <div class="stack">
        <JobList />
        <PublishCommands form={form} valid={problem === ''} />
      </div>
    </div>
  );
}

function NumberField({
  name,
  label,
  hint,
  value,
}: {
  name: string;
  label: string;
  hint: string;
  value: number | undefined;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        inputMode="numeric"
        min={0}
        value={value === undefined || Number.isNaN(value) ? '' : value}
        aria-describedby={`${name}-hint`}
        onInput={(event) => setQuery({ [name]: event.currentTarget.value })}
      />
      <small id={`${name}-hint`}>{hint}</small>
    </label>
  );
}

function Check({
  name,
  label,
  hint,
  checked,
}: {
  name: string;
  label: string;
  hint: string;
  checked: boolean;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => setQuery({ [name]: event.currentTarget.checked ? 'true' : undefined })}
      />
      <span>
        {label} <small>{hint}</small>
      </span>
    </label>
  );
}

/** Says what the button waits for while it is disabled. */
function buttonText({ start, end }: PublishForm, problem: string, sending: boolean): string {
  if (problem !== '') return 'Waiting for a valid range and rate';
  return sending ? 'Waiting for the broker' : `Publish ${plural(end - start, 'image')}`;
}

function readForm(query: Readonly<Record<string, string>>): PublishForm {
  const rate = query.rate === undefined || query.rate === '' ? undefined : Number(query.rate);
  return {
    split: query.split === 'train' ? 'train' : 'test',
    start: toNumber(query.start, 0),
    end: toNumber(query.end, 100),
    ...(rate !== undefined && { rate }),
    loop: query.loop === 'true',
    shuffle: query.shuffle === 'true',
  };
}

function toNumber(text: string | undefined, absent: number): number {
  if (text === undefined) return absent;
  return text === '' ? Number.NaN : Number(text);
}

/** Omits default values. */
function check({ split, start, end, rate }: PublishForm): string {
  const size = SIZES[split];
  if (!Number.isInteger(start) || start < 0) return 'Start must be a whole number of at least 0.';
  if (!Number.isInteger(end) || end <= start) return 'End must be larger than start; it is not included.';
  if (end > size) return `End must be at most ${size.toLocaleString('en')}, the size of the ${split} split.`;
  if (rate !== undefined && !(rate > 0)) return 'Rate must be larger than 0 or empty.';
  return '';
}

function summary({ split, start, end, rate, loop }: PublishForm): string {
  const images = end - start;
  const which = images === 1 ? `image ${start}` : `images ${start} to ${end - 1}`;
  const takes = rate === undefined ? '' : `, ${Math.max(1, Math.round(images / rate))} s at that rate`;
  return `${plural(images, 'image')}: ${split} ${which}${takes}${loop ? ', repeated' : ''}.`;
}
