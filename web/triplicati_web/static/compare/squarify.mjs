// Where the parts of a treemap lie: pure.

/** @typedef {{x: number, y: number, width: number, height: number}} Area */

const sum = (weights) => weights.reduce((whole, each) => whole + each, 0);

/** How far from a square the worst of a row would be. */
function worst(row, side) {
  const whole = sum(row);
  return Math.max((side * side * Math.max(...row)) / (whole * whole), (whole * whole) / (side * side * Math.min(...row)));
}

/**
 * Squarified (Bruls, Huizing, van Wijk 2000): areas in the order of the weights, as near to squares as can be.
 * @param {number[]} weights above 0, largest first @param {Area} room @returns {Area[]}
 */
export function squarified(weights, room) {
  const scale = (room.width * room.height) / sum(weights);
  const areas = weights.map((each) => each * scale);
  const found = [];
  let left = { ...room };
  let next = 0;
  while (next < areas.length) {
    const side = Math.min(left.width, left.height);
    const row = [areas[next]];
    next += 1;
    while (next < areas.length && worst([...row, areas[next]], side) <= worst(row, side)) {
      row.push(areas[next]);
      next += 1;
    }
    left = laid(row, left, found);
  }
  return found;
}

/** Puts a row along the shorter side; what room is left. */
function laid(row, room, found) {
  const whole = sum(row);
  const upright = room.width >= room.height;
  const side = upright ? room.height : room.width;
  const thick = whole / side;
  let along = 0;
  for (const area of row) {
    const long = area / thick;
    found.push(
      upright
        ? { x: room.x, y: room.y + along, width: thick, height: long }
        : { x: room.x + along, y: room.y, width: long, height: thick },
    );
    along += long;
  }
  return upright
    ? { ...room, x: room.x + thick, width: room.width - thick }
    : { ...room, y: room.y + thick, height: room.height - thick };
}
