// What begins as null or empty may become anything, unless its declaration says more.
type Kept<T> = T extends null ? any : T extends never[] ? any[] : T extends boolean ? boolean : T extends string ? (string extends T ? string : T) : T extends number ? number : T;
export interface Signal<T> {
  value: T;
  peek(): T;
  subscribe(take: (value: T) => void): () => void;
}
export function signal<T>(first: T): Signal<Kept<T>>;
export function computed<T>(work: () => T): { readonly value: T; peek(): T };
export function effect(work: () => unknown): () => void;
export function batch<T>(work: () => T): T;
