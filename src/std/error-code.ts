/**
 * The code of an error of Node, OpenSSL or undici, such as `ECONNRESET`, or that of the error which caused it; undefined
 * if none of them has one. Unlike an error's message, a code never repeats what was sent.
 */
export function errorCodeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  return typeof code === "string" ? code : errorCodeOf(cause);
}
