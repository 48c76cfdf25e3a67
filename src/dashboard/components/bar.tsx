/** A bar as long as its share (0–1) of the width; nothing at all for nothing. */
export function Bar({ share }: { share: number }) {
  if (!(share > 0)) return null;
  return <div class="bar" style={{ width: `${Math.min(1, share) * 100}%` }} />;
}
