import type { EventAnswer } from '../../http/schemas/events';
import { eventImageUrl } from '../api';
import { count, dateAndTime } from '../format';
import { setQuery } from '../route';

/** Events, newest first; each opens its details. */
export function EventTable({ events }: { events: readonly EventAnswer[] }) {
  return (
    <table class="entries">
      <caption class="hidden">Events, newest first</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="hidden">Image</span>
          </th>
          <th scope="col">Event</th>
          <th scope="col">Severity</th>
          <th scope="col">Time</th>
          <th scope="col">Alert</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <Row key={event.id} event={event} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ event }: { event: EventAnswer }) {
  const { rule, severity, description, at, alert, matches, acknowledged, images, id } = event;
  return (
    <tr>
      <td class="entry-image">
        <div class="entry-thumbnail">
          {images.image && (
            <img
              class="pixels"
              src={eventImageUrl(id, 'image')}
              alt=""
              width={28}
              height={28}
              loading="lazy"
            />
          )}
        </div>
      </td>
      <th scope="row" class="entry-reason">
        <button
          type="button"
          class="link"
          onClick={() => setQuery(alert === null ? { event: id } : { alert: String(alert) })}
        >
          {rule}
        </button>
        {alert !== null && <b class="event-number">#{alert}</b>}
        <span class="muted">{description}</span>
      </th>
      <td class="entry-stage is-kept">
        <span class={`tag is-${severity}`}>{severity}</span>
      </td>
      <td class="entry-place">
        <span>{dateAndTime(at)}</span>
        {matches > 1 && <small>{count(matches)} matches</small>}
      </td>
      <td class="entry-stage is-kept">
        {alert !== null && <span>{acknowledged === null ? 'not acknowledged' : 'acknowledged'}</span>}
      </td>
    </tr>
  );
}
