import { SHORTCUTS } from '../keys';
import { shortcutsOpen } from '../state';
import { Dialog } from './dialog';

export function Shortcuts() {
  return (
    <Dialog
      open={shortcutsOpen.value}
      title="Keyboard shortcuts"
      class="centred"
      onClose={() => (shortcutsOpen.value = false)}
    >
      <dl class="shortcuts">
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
