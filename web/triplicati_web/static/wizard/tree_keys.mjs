// What the keys do in a tree.

const PAGE = 10;
const PAUSE = 800;

/**
 * @param {KeyboardEvent} event @param {import("./tree_rows.mjs").Row[]} rows @param {number} at
 * @param {Set<string>} open @param {{text: string, time: number}} typed what was typed shortly before, kept in it
 * @returns {{to?: number, turn?: boolean, toggle?: boolean} | null} null for a key of somebody else
 */
export function moved(event, rows, at, open, typed) {
  // Another key ends a name.
  if (event.key.length > 1 || event.key === " ") typed.text = "";
  if (event.ctrlKey || event.altKey || event.metaKey || !rows.length) return null;
  const row = rows[at];
  const isOpen = open.has(row.key);
  const opens = row.folder && !row.leaf;
  const to = (wanted) => ({ to: Math.min(Math.max(wanted, 0), rows.length - 1) });
  switch (event.key) {
    case "ArrowDown": return to(at + 1);
    case "ArrowUp": return to(at - 1);
    case "PageDown": return to(at + PAGE);
    case "PageUp": return to(at - PAGE);
    case "Home": return to(0);
    case "End": return to(rows.length - 1);
    case "ArrowRight": return !opens ? {} : isOpen ? to(at + 1) : { turn: true };
    case "ArrowLeft": return opens && isOpen ? { turn: true } : to(row.parent ? rows.findIndex((each) => each.key === row.parent) : at);
    case " ": return { toggle: true };
    case "Enter": return opens ? { turn: true } : { toggle: true };
    default: return event.key.length === 1 ? named(event.key, rows, at, typed) : null;
  }
}

/** To the next row whose name begins with what is typed. */
function named(key, rows, at, typed) {
  const now = Date.now();
  typed.text = (now - typed.time < PAUSE ? typed.text : "") + key.toLowerCase();
  typed.time = now;
  const first = typed.text.length > 1 ? at : at + 1;
  for (let step = 0; step < rows.length; step += 1) {
    const index = (first + step) % rows.length;
    if (rows[index].text.toLowerCase().startsWith(typed.text)) return { to: index };
  }
  return {};
}
