/** The code of a system error, such as `EEXIST`. Tells them by shape: they may come from another realm. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
