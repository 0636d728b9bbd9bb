import * as z from "zod";

/** Where to listen. */
export interface ListenOn {
  /** Undefined: on every address. */
  readonly host: string | undefined;
  readonly port: number;
}

const addressPattern = /^(\[[0-9a-f:.]+\]|[^:[\]]*):([0-9]{1,5})$/i;

function parse(text: string): ListenOn | undefined {
  const [, host, port] = addressPattern.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host: host === "" ? undefined : host.replaceAll(/[[\]]/g, ""), port: Number(port) };
}

/** `HOST:PORT`. */
export const endpoint = z.string().transform((text, context): { readonly host: string; readonly port: number } => {
  const { host, port } = parse(text) ?? {};
  if (host !== undefined && port !== undefined) return { host, port };
  context.addIssue(`"${text}" is not an address; write HOST:PORT such as 127.0.0.1:8443`);
  return z.NEVER;
});

/** `[HOST]:PORT`, or nothing for not listening at all. */
export const optionalEndpoint = z.string().transform((text, context): ListenOn | undefined => {
  if (text === "") return undefined;
  const address = parse(text);
  if (address !== undefined) return address;
  context.addIssue(`"${text}" is not an address; write :PORT, HOST:PORT, or nothing to turn it off`);
  return z.NEVER;
});
