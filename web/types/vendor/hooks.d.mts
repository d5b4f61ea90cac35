// What begins as null or empty may become anything: the components say no types of their state.
type Kept<T> = T extends null ? any : T extends never[] ? any[] : T extends boolean ? boolean : T extends string ? string : T extends number ? number : T;
export function useState<T>(first: T | (() => T)): [Kept<T>, (next: any) => void];
export function useRef<T>(first: T): { current: Kept<T> };
export function useEffect(work: () => unknown, inputs?: unknown[]): void;
export function useLayoutEffect(work: () => unknown, inputs?: unknown[]): void;
export function useMemo<T>(work: () => T, inputs: unknown[]): T;
export function useCallback<T>(work: T, inputs: unknown[]): T;
export function useId(): string;
export function useErrorBoundary(hear?: (error: any) => void): [any, () => void];
