const PATHS = {
  check: 'M3.5 8.5 6.5 11.5 12.5 5',
  cross: 'M4.5 4.5 11.5 11.5M11.5 4.5 4.5 11.5',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.5v9l7-4.5z',
  sun: 'M8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M12.6 3.4l-1.1 1.1M4.5 11.5l-1.1 1.1M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z',
  system: 'M2.5 3.5h11v7h-11zM6 13.5h4M8 10.5v3',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  upload: 'M8 10.5v-7M5 6l3-3 3 3M3 10.5v2.5h10v-2.5',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: the text or the label of the button carries the meaning. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo() {
  const opacities = [0.35, 0.7, 1, 0.7, 1, 0.7, 1, 0.7, 0.35];
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="logo-back" width="32" height="32" rx="8" />
      {opacities.map((opacity, at) => (
        <rect
          key={at}
          x={7 + (at % 3) * 6.5}
          y={7 + Math.floor(at / 3) * 6.5}
          width="5"
          height="5"
          rx="1"
          fill="#fff"
          opacity={opacity}
        />
      ))}
    </svg>
  );
}
