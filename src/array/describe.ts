import type { ArrayFailure } from "./failure.ts";

/** What happened, with ONTAP's code and other facts, and what to do: two sentences for people. */
export function describeFailure({ meaning, answer, detail }: ArrayFailure): string {
  const code = answer?.code === undefined ? undefined : `ONTAP ${answer.code}`;
  const facts = [code, detail].filter((fact) => fact !== undefined).join("; ");
  const sentence = facts === "" ? meaning.sentence : `${meaning.sentence.replace(/\.$/, "")} (${facts}).`;
  return `${sentence} ${meaning.remedy}`;
}
