import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icons';

interface DialogProps {
  readonly open: boolean;
  readonly title: string;
  readonly class?: string;
  readonly onClose: () => void;
  /** Further buttons next to the close button. */
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** Native modal dialog: it traps the focus, closes on Esc and restores the focus. */
export function Dialog({ open, title, class: className = '', onClose, tools, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (open && element?.open === false) element.showModal();
    if (!open && element?.open === true) element.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class={className}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div class="dialog-inner">
        <div class="dialog-head">
          <h2>{title}</h2>
          {open && tools}
          <button type="button" class="quiet" onClick={onClose} aria-label="Close">
            <Icon name="cross" />
          </button>
        </div>
        {open && children}
      </div>
    </dialog>
  );
}
