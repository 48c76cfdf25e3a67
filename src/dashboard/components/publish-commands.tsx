import { Fragment } from 'preact';
import type { ConfigAnswer } from '../../http/schemas/settings';
import { getConfig, type PublishForm } from '../api';
import { API } from '../served-model';
import { about } from '../state';
import { useAnswer } from '../use-answer';
import { CopyButton } from './copy-button';

/** What the form does, as a command and as a request. */
export function PublishCommands({ form, valid }: { form: PublishForm; valid: boolean }) {
  const broker = about.value?.broker ?? 'memory';
  const topic = about.value?.topics.input ?? 'images';
  const { loop, shuffle, split, start, end, rate } = form;
  const flags = [
    rate === undefined ? '' : ` --rate ${rate}`,
    loop ? ' --loop' : '',
    shuffle ? ' --shuffle' : '',
  ].join('');
  const { data } = useAnswer(getConfig, '');
  const settings = data?.settings ?? [];
  const cli = `npx --no-install stream-infer publish --broker ${broker}${flagsOf(settings)} --topic ${quoted(topic)} --split ${split} --start ${start} --end ${end} --with-truth${flags}`;
  const curl = `curl ${location.origin}${API}/publish -H 'content-type: application/json'${tokenOf(settings)} -d '${JSON.stringify(briefly(form))}'`;
  if (!valid) {
    return (
      <section class="card stack" aria-labelledby="command-title">
        <h2 id="command-title">As a command</h2>
        <p class="muted">The commands appear here when the form is valid.</p>
      </section>
    );
  }
  return (
    <section class="card stack" aria-labelledby="command-title">
      <h2 id="command-title">As a command</h2>
      <Command text={cli} label="Copy command" />
      {broker === 'memory' && (
        <p class="muted">
          The in-memory broker is private to this process. The CLI command requires Kafka or Pub/Sub; curl
          works with every broker.
        </p>
      )}
      {broker !== 'memory' && needsSettings(settings) && (
        <p class="muted">
          The CLI command reads the connection from the configuration file and the environment, so start it
          with those of this process.
        </p>
      )}
      <Command text={curl} label="Copy curl" />
    </section>
  );
}

type Settings = ConfigAnswer['settings'];

/** Settings with a flag of `publish`, without which the command would publish other images, or to another broker. */
const FLAGS = [
  ['kafka.properties.bootstrap.servers', '--bootstrap-servers'],
  ['pubsub.project', '--project'],
  ['dataDir', '--data-dir'],
] as const;

function flagsOf(settings: Settings): string {
  return FLAGS.map(([path, flag]) => {
    const setting = settings.find((one) => one.path === path && isSet(one));
    return setting === undefined ? '' : ` ${flag} ${quoted(setting.value)}`;
  }).join('');
}

/** Secrets and other properties of the connection have no flag. */
function needsSettings(settings: Settings): boolean {
  const printed = new Set<string>(FLAGS.map(([path]) => path));
  return settings.some(
    (one) => /^(kafka|pubsub)\./.test(one.path) && one.source !== 'default' && !printed.has(one.path),
  );
}

/** The page has a cookie instead; the token itself is never shown. */
function tokenOf(settings: Settings): string {
  const isSecret = settings.some(({ path, value }) => path === 'http.token' && value === '(masked)');
  return isSecret ? ' -H "authorization: Bearer $STREAM_INFER_HTTP_TOKEN"' : '';
}

function isSet({ source, value }: Settings[number]): boolean {
  return source !== 'default' && !/^\((not set|masked)\)$/.test(value);
}

/** As one word of a shell. */
function quoted(text: string): string {
  return /^[\w.:,/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function Command({ text, label }: { text: string; label: string }) {
  return (
    <div class="command">
      <code>
        {text.split(/ (?=-)/).map((part, at) => (
          <Fragment key={part}>
            {at > 0 && ' '}
            <span>{part}</span>
          </Fragment>
        ))}
      </code>
      <CopyButton text={text} label={label} />
    </div>
  );
}

function briefly({ loop, shuffle, ...range }: PublishForm): object {
  return { ...range, ...(loop && { loop }), ...(shuffle && { shuffle }) };
}

/** Error message for an invalid form; empty if it is valid. */
