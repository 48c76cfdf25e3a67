import { useEffect, useRef, useState } from 'preact/hooks';
import { count } from '../format';
import { model } from '../model';
import { Icon } from './icons';

/** Takes an image file that is dropped or chosen. */
export function DropZone({ onFile, name }: { onFile: (file: File) => void; name: string }) {
  const [over, setOver] = useState(false);
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (file !== undefined) onFile(file);
  };
  return (
    <label
      class={over ? 'drop is-over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <input
        type="file"
        class="hidden"
        accept="image/png,image/jpeg,image/webp,application/json,.bin,.raw"
        onChange={(event) => {
          take(event.currentTarget.files);
          // Allows choosing the same file again after a change.
          event.currentTarget.value = '';
        }}
      />
      <Icon name="upload" />
      <span>{name === '' ? 'Drop, paste or choose an image' : name}</span>
      <small>PNG, JPEG, WebP, JSON{rawBytes()}</small>
    </label>
  );
}

function rawBytes(): string {
  if (model.value === null) return '';
  const { width, height, channels } = model.value;
  return ` or ${count(width * height * channels)} raw bytes`;
}

interface Pasting {
  readonly onImage: (image: Blob, name: string) => void;
  readonly onProblem: (problem: string) => void;
}

/** Pastes by a button, where the browser allows it. Ctrl-V works anywhere on the page. */
export function PasteButton({ onImage, onProblem }: Pasting) {
  usePaste({ onImage, onProblem });
  // Only on https and localhost.
  if (!('clipboard' in navigator) || !('read' in navigator.clipboard)) return null;
  const paste = async () => {
    const image = await imageOnClipboard();
    if (image === null) onProblem(NO_IMAGE);
    else onImage(image, NAME);
  };
  return (
    <button
      type="button"
      class="small"
      onClick={() =>
        void paste().catch(() =>
          onProblem('The browser does not let this page read the clipboard. Press Ctrl+V instead.'),
        )
      }
    >
      Paste
    </button>
  );
}

const NAME = 'from the clipboard';
const NO_IMAGE = 'There is no image on the clipboard.';

async function imageOnClipboard(): Promise<Blob | null> {
  for (const item of await navigator.clipboard.read()) {
    const type = item.types.find((one) => one.startsWith('image/'));
    if (type !== undefined) return await item.getType(type);
  }
  return null;
}

function usePaste(pasting: Pasting): void {
  const latest = useRef(pasting);
  latest.current = pasting;
  useEffect(() => {
    const paste = ({ clipboardData }: ClipboardEvent) => {
      const file = clipboardData?.files[0];
      if (file === undefined) latest.current.onProblem(NO_IMAGE);
      else latest.current.onImage(file, file.name || NAME);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, []);
}
