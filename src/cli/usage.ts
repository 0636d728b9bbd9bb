import * as z from "zod";

/** One line for a bad flag or environment value: which, what it must be, and where to read more. */
export function usageErrorOf(command: string, error: unknown): string {
  const help = `; see ontap-iscsi-operator ${command} --help`;
  if (error instanceof z.ZodError) {
    const [issue] = error.issues;
    return `--${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "invalid"}${help}`;
  }
  const sentence = error instanceof Error ? error.message.split("\n")[0]?.split(". To specify")[0] : undefined;
  return `${sentence ?? "bad arguments"}${help}`;
}
