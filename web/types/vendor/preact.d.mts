// What the page uses of the libraries that stand under static/vendor.
export type Node = object;
export function h(kind: unknown, props: unknown, ...children: unknown[]): Node;
export function render(what: unknown, where: Element | null): void;
