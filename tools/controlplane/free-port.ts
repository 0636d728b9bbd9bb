import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

const maxAttempts = 5;

/** A loopback port that no one listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Repeats a start that failed because someone took its port since `freePort` found it. */
export async function retryWhilePortTaken<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      const taken = error instanceof Error && error.message.includes("address already in use");
      if (!taken || attempt === maxAttempts) throw error;
    }
  }
}
