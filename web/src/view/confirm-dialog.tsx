import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.tsx';

/** Asks before something that cannot be taken back. Escape and the first button leave everything as it is. */
export function ConfirmDialog(props: {
  title: string;
  confirm: string;
  children: ReactNode;
  onConfirm: () => void;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onClose={props.onClose}
      className="m-auto w-[min(26rem,calc(100vw-2rem))] rounded-xl border border-edge bg-raised p-5 text-text"
    >
      <h2 id={titleId} className="text-base font-semibold">
        {props.title}
      </h2>
      <div className="mt-2 text-sm text-soft">{props.children}</div>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={() => dialog.current?.close()}>Leave it</Button>
        <Button
          tone="danger"
          onClick={() => {
            props.onConfirm();
            dialog.current?.close();
          }}
        >
          {props.confirm}
        </Button>
      </div>
    </dialog>
  );
}
