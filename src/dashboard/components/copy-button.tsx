import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icons';

const SHOWN_MS = 1600;

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return;
    const timer = setTimeout(() => setSaid(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      // Browsers allow copying on https and localhost only.
      () => setSaid('Copy failed'),
    );
  return (
    <button type="button" class="small" onClick={() => void copy()}>
      <Icon name={said === 'Copied' ? 'check' : 'copy'} />
      <span aria-live="polite">{said || label}</span>
    </button>
  );
}
