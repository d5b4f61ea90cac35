import { html, useState } from "../view.mjs";
import { taken, written } from "./address.mjs";
import { FolderChooser } from "./folders.mjs";
import { KindForm } from "./kind_form.mjs";

/** The fields of an address, and a dialog for folders of the server's machine. @param {{url: string, kinds: any[], onChange: (url: string) => void}} props */
export function AddressForm({ url, kinds, onChange }) {
  const [start, choose] = useState(/** @type {string | null} */ (null));
  return html`<${KindForm} url=${url} kinds=${kinds} onChange=${onChange} choose=${choose} />
    ${start !== null && html`<${FolderChooser} start=${start} onClose=${() => choose(null)}
      onChoose=${(path) => { choose(null); onChange(written({ ...taken(url), scheme: "file", path })); }} />`}`;
}
