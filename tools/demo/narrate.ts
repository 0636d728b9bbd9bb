/** What the demo prints: numbered steps, indented proof, and a plain word when something did not hold. */

const color = process.stdout.isTTY;
const bold = (text: string): string => (color ? `\u001b[1m${text}\u001b[0m` : text);
const dim = (text: string): string => (color ? `\u001b[2m${text}\u001b[0m` : text);

let step = 0;

export function heading(text: string): void {
  step += 1;
  console.log(`\n${bold(`${step}. ${text}`)}`);
}

export function say(text: string): void {
  console.log(indented(text));
}

/** A command, and what it printed. */
export function shown(command: string, output: string): void {
  console.log(dim(`   $ ${command}`));
  console.log(indented(output.trimEnd()));
}

const indented = (text: string): string =>
  text
    .split("\n")
    .map((line) => `   ${line}`)
    .join("\n");

/** Something that the demo promises did not come true. */
export class NotHeld extends Error {}

/** Waits until `look` gives something; a promise that is not kept in time ends the demo. */
export async function held<T>(promise: string, look: () => Promise<T | undefined>, withinMs = 20_000): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadlineMs) throw new NotHeld(`${promise}: not within ${withinMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function check(promise: string, holds: boolean): void {
  if (!holds) throw new NotHeld(promise);
  say(`✓ ${promise}`);
}
