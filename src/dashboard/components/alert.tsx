/** An error message; renders nothing for an empty text. */
export function Alert({ text }: { text: string }) {
  if (text === '') return null;
  return (
    <p class="alert" role="alert">
      {text}
    </p>
  );
}
