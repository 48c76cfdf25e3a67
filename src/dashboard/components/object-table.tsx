import { objectsText, type FoundObject } from '../../core/found-objects';
import { percent } from '../format';
import { boxClass } from './framed';

const MOST_SHOWN = 50;

/** The found objects with the colours of their boxes, best first. */
export function ObjectTable({ objects }: { objects: readonly FoundObject[] }) {
  return (
    <>
      <p class="objects-found">{objects.length === 0 ? 'No objects' : `Objects: ${objectsText(objects)}`}</p>
      {objects.length > 0 && (
        <table class="objects">
          <caption class="hidden">Objects in the image, with their boxes in pixels of the original</caption>
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col" class="number">
                Confidence
              </th>
              <th scope="col" class="number">
                Left, top, width, height
              </th>
            </tr>
          </thead>
          <tbody>
            {objects.slice(0, MOST_SHOWN).map(({ label, className, confidence, box }, at) => (
              <tr key={at}>
                <th scope="row">
                  <span class={`box-key ${boxClass(label)}`} aria-hidden="true" />
                  {className}
                </th>
                <td class="number">{percent(confidence, 1)}</td>
                <td class="number">{box.map(Math.round).join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {objects.length > MOST_SHOWN && <p class="muted">The first {MOST_SHOWN} are listed.</p>}
    </>
  );
}
