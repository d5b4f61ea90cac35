const KINDS = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/];
const SHORT = 10;
const LONG = 16;

/** A hint, no promise: what is long and not all the same is hard to guess. @param {string} text @returns {"weak" | "fair" | "strong"} */
export function strength(text) {
  const different = new Set(text.toLowerCase()).size;
  const kinds = KINDS.filter((each) => each.test(text)).length;
  if (text.length < SHORT || different < 6) return "weak";
  return text.length >= LONG || kinds >= 3 ? "strong" : "fair";
}
