import type { KubeFailure } from "../api/failure.ts";
import type { Result } from "../std/result.ts";
import type { KubeMeter } from "./meter.ts";
import type { KubeTransport } from "./transport.ts";

/** The same transport, counting every request that was answered or failed. */
export function measureKube(transport: KubeTransport, meter: KubeMeter): KubeTransport {
  const counted = <T>(verb: string, reply: Result<T, KubeFailure>): Result<T, KubeFailure> => {
    meter.requested({ verb, code: reply.ok ? "2xx" : String(reply.error.httpStatus ?? "none") });
    return reply;
  };
  return {
    send: async (request, signal) => counted(request.method, await transport.send(request, signal)),
    stream: async (request, signal) => counted("WATCH", await transport.stream(request, signal)),
    close: () => transport.close(),
  };
}
