/** Where a bug struck: the error's name and its first frame, without its message, which may quote what it tripped over. */
export function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = error.stack?.split("\n").find((line) => line.trimStart().startsWith("at "));
  return `${error.name} ${frame?.trim().replace(/\(?file:.*\//, "(") ?? ""}`.trim();
}
