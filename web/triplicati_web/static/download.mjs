// Files that the page hands to the browser.

/** Has the browser keep what is at an address. @param {string} href @param {string} name */
export function keepAs(href, name) {
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
}

const BEGUN = 60_000;

/** Gives what is at hand to the browser as a file. @param {string} name @param {Blob} content */
export function download(name, content) {
  const address = URL.createObjectURL(content);
  keepAs(address, name);
  // The browser has begun with it by then.
  setTimeout(() => URL.revokeObjectURL(address), BEGUN);
}

/** @param {string} name @param {string} text */
export const downloadText = (name, text) => download(name, new Blob([text], { type: "text/plain" }));
