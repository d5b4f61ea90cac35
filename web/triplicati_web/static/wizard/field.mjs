import { html, useState } from "../view.mjs";

let made = 0;

/**
 * A control with its name before it and what it means behind it.
 * @param {{label: string, means?: any, control: (told: {id: string, "aria-describedby"?: string}) => any}} props
 */
export function Field({ label, means, control }) {
  const [id] = useState(() => {
    made += 1;
    return `field-${made}`;
  });
  const told = { id, "aria-describedby": means ? `${id}-means` : undefined };
  return html`<div class="field"><label for=${id}>${label}</label>${control(told)}
    ${means && html`<span id=${`${id}-means`} class="quiet small">${means}</span>`}</div>`;
}
