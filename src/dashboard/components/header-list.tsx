import type { Headers } from '../../http/schemas/answer-fields';

/** Headers of a message, in their order. */
export function HeaderList({ headers }: { headers: Headers }) {
  return (
    <section class="stack-small" aria-labelledby="headers-title">
      <h3 id="headers-title">Headers</h3>
      {headers.length === 0 ? (
        <p class="muted">The message has no headers.</p>
      ) : (
        <dl class="facts is-code">
          {headers.map(([name, value], at) => (
            <div key={at}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
