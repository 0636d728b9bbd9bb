import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

const styles: Readonly<Record<string, Style>> = { debug: "dim", info: "green", warn: "yellow", error: "red" };

/**
 * One line for people of one line of JSON: time of day, level, message, and the rest as `key=value`; values with spaces or
 * quotes are quoted as in JSON. A line that is not a JSON object stays as it is.
 */
export function textLineOf(json: string, { color }: { readonly color: boolean }): string {
  const parsed = parse(json);
  if (parsed === undefined) return json;
  const { time, level, msg, ...fields } = parsed;
  const painted = (style: Style, text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const name = String(level);
  return [
    painted("dim", typeof time === "string" ? time.slice(11, 23) : "--:--:--.---"),
    painted(styles[name] ?? "reset", name.toUpperCase().padEnd(5)),
    String(msg),
    ...Object.entries(fields).map(([key, value]) => `${painted("dim", `${key}=`)}${shown(value)}`),
  ].join(" ");
}

function parse(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => shown(each)).join(",");
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // What could move a terminal's cursor is escaped by JSON.
  return /^[\x21\x23-\x3c\x3e-\x7e]+$/.test(text) ? text : JSON.stringify(text);
}
