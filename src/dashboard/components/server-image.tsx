import { useState } from 'preact/hooks';
import { imageUrl } from '../api';

interface ServerImageProps {
  readonly id: string;
  readonly scale: number;
  /** Empty if the image is decoration. */
  readonly text: string;
  readonly class?: string;
}

/** The 28×28 image of a prediction from the server, or a placeholder if none is stored. */
export function ServerImage({ id, scale, text, class: className = '' }: ServerImageProps) {
  const [gone, setGone] = useState(false);
  if (gone) return <span class={`pixels is-gone ${className}`}>no image stored</span>;
  return (
    <img
      class={`pixels ${className}`}
      src={imageUrl(id, scale)}
      alt={text}
      width={28}
      height={28}
      loading="lazy"
      decoding="async"
      onError={() => setGone(true)}
    />
  );
}
