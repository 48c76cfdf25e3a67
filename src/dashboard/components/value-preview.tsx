import { useEffect, useState } from 'preact/hooks';
import { sizeOfImage } from '../model';
import { hexDump, imageTypeOf, kindOf, sizeOf } from '../message-value';
import { Pixels } from './pixels';

const TEXT_SHOWN = 2_000;
const BYTES_SHOWN = 128;

/** Picture of a message value if the browser can show it, otherwise the kind of its bytes. */
export function Thumbnail({ bytes, class: className = '' }: { bytes: Uint8Array; class?: string }) {
  const url = useObjectUrl(bytes);
  const [broken, setBroken] = useState(false);
  if (kindOf(bytes) === 'pixels')
    return (
      <Pixels
        picture={{ ...sizeOfImage(bytes.length), pixels: bytes }}
        text="The original image"
        class={className}
      />
    );
  if (url === undefined || broken) return <Badge text={kindOf(bytes)} class={className} />;
  return (
    <img class={`pixels ${className}`} src={url} alt="The original image" onError={() => setBroken(true)} />
  );
}

export function Badge({ text, class: className = '' }: { text: string; class?: string }) {
  return (
    <span class={`pixels is-gone ${className}`} aria-hidden="true">
      {text}
    </span>
  );
}

/** Beginning of the value: as text if readable, otherwise as a hex dump. */
export function ValueText({ bytes }: { bytes: Uint8Array }) {
  const kind = kindOf(bytes);
  if (kind === 'empty') return <p class="muted">The message has no value.</p>;
  const readable = kind === 'JSON' || kind === 'text';
  const size = sizeOf(bytes, kind);
  return (
    <>
      <p class="muted">
        {kind === 'pixels' ? `${rawSize(bytes)} raw pixels` : kind}
        {size !== undefined && `, ${size.width}×${size.height} according to its header`}
      </p>
      <pre class="dump" tabIndex={0} aria-label="Beginning of the value">
        {readable ? new TextDecoder().decode(bytes.subarray(0, TEXT_SHOWN)) : hexDump(bytes, BYTES_SHOWN)}
      </pre>
    </>
  );
}

function rawSize(bytes: Uint8Array): string {
  const { width, height } = sizeOfImage(bytes.length);
  return `${width}×${height}`;
}

function useObjectUrl(bytes: Uint8Array): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const type = imageTypeOf(bytes);
    if (type === undefined) return setUrl(undefined);
    const made = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  return url;
}
