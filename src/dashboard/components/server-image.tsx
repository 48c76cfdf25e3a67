import { useState } from 'preact/hooks';
import { imageUrl } from '../api';

interface ServerImageProps {
  readonly id: string;
  readonly scale: number;
  /** Empty for decoration. */
  readonly text: string;
  readonly class?: string;
}

/** The 28×28 image behind a prediction, from the server; a quiet place where it kept none. */
export function ServerImage({ id, scale, text, class: className = '' }: ServerImageProps) {
  const [gone, setGone] = useState(false);
  if (gone) return <span class={`pixels is-gone ${className}`}>no image kept</span>;
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
