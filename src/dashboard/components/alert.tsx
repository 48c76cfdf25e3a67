/** What went wrong; nothing at all when nothing did. */
export function Alert({ text }: { text: string }) {
  if (text === '') return null;
  return (
    <p class="alert" role="alert">
      {text}
    </p>
  );
}
