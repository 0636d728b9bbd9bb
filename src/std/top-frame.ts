/** Where a bug struck: the error's name and its first stack frame, without its message, which may quote a secret. */
export function topFrameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = error.stack?.split("\n").find((line) => line.trimStart().startsWith("at "));
  return `${error.name} ${frame?.trim().replace(/\(?file:.*\//, "(") ?? ""}`.trim();
}
