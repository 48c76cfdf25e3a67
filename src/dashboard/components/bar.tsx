/** A bar with a share (0–1) of the width; renders nothing for 0. */
export function Bar({ share }: { share: number }) {
  if (!(share > 0)) return null;
  return <div class="bar" style={{ width: `${Math.min(1, share) * 100}%` }} />;
}
