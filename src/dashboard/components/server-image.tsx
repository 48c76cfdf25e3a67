import { useState } from 'preact/hooks';
import { imageUrl } from '../api';
import { takesPhotos } from '../model';

interface ServerImageProps {
  readonly id: string;
  readonly scale: number;
  /** Empty if the image is decoration. */
  readonly text: string;
  readonly class?: string;
}

/** The image of a prediction from the server, or a placeholder if none is stored. */
export function ServerImage({ id, scale, text, class: className = '' }: ServerImageProps) {
  const [gone, setGone] = useState(false);
  const photo = takesPhotos.value;
  if (gone) return <span class={`pixels is-gone ${className}`}>no image stored</span>;
  return (
    <img
      class={`pixels ${photo ? 'is-photo ' : ''}${className}`}
      src={imageUrl(id, photo ? 1 : scale)}
      alt={text}
      width={28}
      height={28}
      loading="lazy"
      decoding="async"
      onError={() => setGone(true)}
    />
  );
}
