// The fewest lines that make one text of another, by Myers' greedy way: pure.

const MOST_STEPS = 1500;

/** The lines of a text. @param {string} text */
const linesOf = (text) => text.replace(/\r?\n$/, "").split(/\r?\n/);

/** How far each diagonal came in each round, null where it takes too many. */
function rounds(from, to) {
  const trace = [];
  let reach = new Map([[1, 0]]);
  for (let step = 0; step <= Math.min(from.length + to.length, MOST_STEPS); step += 1) {
    trace.push(reach);
    const next = new Map();
    for (let lane = -step; lane <= step; lane += 2) {
      const below = lane === -step || (lane !== step && (reach.get(lane - 1) ?? -1) < (reach.get(lane + 1) ?? -1));
      let x = below ? (reach.get(lane + 1) ?? 0) : (reach.get(lane - 1) ?? 0) + 1;
      while (x < from.length && x - lane < to.length && from[x] === to[x - lane]) x += 1;
      next.set(lane, x);
      if (x >= from.length && x - lane >= to.length) return trace.concat([next]);
    }
    reach = next;
  }
  return null;
}

function walkedBack(trace, from, to) {
  const found = [];
  let [x, y] = [from.length, to.length];
  for (let step = trace.length - 2; step >= 0; step -= 1) {
    const reach = trace[step];
    const lane = x - y;
    const below = lane === -step || (lane !== step && (reach.get(lane - 1) ?? -1) < (reach.get(lane + 1) ?? -1));
    const before = below ? lane + 1 : lane - 1;
    const startX = step === 0 ? 0 : (reach.get(before) ?? 0);
    const startY = step === 0 ? 0 : startX - before;
    while (x > startX && y > startY) {
      x -= 1;
      y -= 1;
      found.push({ sign: " ", text: from[x] });
    }
    if (step === 0) break;
    if (below) {
      y -= 1;
      found.push({ sign: "+", text: to[y] });
    } else {
      x -= 1;
      found.push({ sign: "-", text: from[x] });
    }
  }
  return found.reverse();
}

/**
 * @param {string} older @param {string} newer
 * @returns {{sign: " " | "+" | "-", text: string}[]} all lines; where too much differs, all of the one and then all
 *   of the other
 */
export function lineChanges(older, newer) {
  const [from, to] = [linesOf(older), linesOf(newer)];
  let same = 0;
  while (same < from.length && same < to.length && from[same] === to[same]) same += 1;
  let tail = 0;
  while (tail < from.length - same && tail < to.length - same && from.at(-1 - tail) === to.at(-1 - tail)) tail += 1;
  const kept = (text) => ({ sign: /** @type {const} */ (" "), text });
  const [left, right] = [from.slice(same, from.length - tail), to.slice(same, to.length - tail)];
  const trace = rounds(left, right);
  const changed = trace
    ? walkedBack(trace, left, right)
    : [...left.map((text) => ({ sign: "-", text })), ...right.map((text) => ({ sign: "+", text }))];
  return [...from.slice(0, same).map(kept), ...changed, ...from.slice(from.length - tail).map(kept)];
}

/** Those that changed with some lines around them; null stands for what is left out. */
export function withAround(changes, around = 3) {
  const near = new Uint8Array(changes.length);
  changes.forEach(({ sign }, index) => {
    if (sign !== " ") near.fill(1, Math.max(0, index - around), index + around + 1);
  });
  const found = [];
  changes.forEach((each, index) => {
    if (near[index]) found.push(each);
    else if (index === 0 || near[index - 1]) found.push(null);
  });
  return found;
}
