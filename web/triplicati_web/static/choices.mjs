// What this browser remembers of how the page should look. Without storage it forgets.

const PREFIX = "triplicati:";

/** @param {string} name @returns {string} */
export function read(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} name @param {string} value */
export function write(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // It holds until the page is left.
  }
}

/** @param {string} theme "light", "dark" or "" as the system has it */
export function useTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
