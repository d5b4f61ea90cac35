export default function htm(parts: TemplateStringsArray, ...values: unknown[]): import("./preact.mjs").Node;
