// Menus, dialogs and moments, as every place uses them.

import { exact, when } from "./format.mjs";
import { html, useEffect, useRef } from "./view.mjs";

/** A button that opens a list of further ones. It closes by Escape, by a choice, and when the focus leaves. */
export function Menu({ label, name, children }) {
  const box = useRef(null);
  const close = () => {
    box.current.open = false;
  };
  const pressed = (event) => {
    if (event.key !== "Escape" || !box.current.open) return;
    close();
    box.current.querySelector("summary").focus();
  };
  useEffect(() => {
    const elsewhere = (event) => {
      if (box.current && !box.current.contains(event.target)) close();
    };
    const kinds = ["pointerdown", "focusin"];
    for (const kind of kinds) document.addEventListener(kind, elsewhere);
    return () => kinds.forEach((kind) => document.removeEventListener(kind, elsewhere));
  }, []);
  return html`<details class="menu" ref=${box} onKeyDown=${pressed}>
    <summary aria-label=${name}>${label}</summary>
    <div onClick=${close}>${children}</div>
  </details>`;
}

/** A question that must be answered or closed first. */
export function Dialog({ title, onClose, children }) {
  const box = useRef(null);
  useEffect(() => box.current.showModal(), []);
  return html`<dialog ref=${box} onClose=${onClose} aria-label=${title}>
    <h2>${title}</h2>
    ${children}
  </dialog>`;
}

/** A moment: relative, exact on hover. @param {{at: Date | null, seconds?: boolean}} props */
export function Moment({ at, seconds = false }) {
  return at ? html`<time datetime=${at.toISOString()} title=${exact(at)}>${when(at, seconds)}</time>` : when(null);
}
