import { unreachable } from "../../std/unreachable.ts";

import { createAuthority, type Authority, type IssuedCertificate } from "../certificates.ts";

/** Which certificate the simulator shows: a good one, or one that a careful client must refuse. */
export const certificateKinds = ["valid", "wrong-name", "expired", "unknown-authority"] as const;
export type CertificateKind = (typeof certificateKinds)[number];

/** A server certificate of the kind for these names and addresses; the first one is its common name. */
export async function issueServerCertificate(
  authority: Authority,
  kind: CertificateKind,
  [commonName, ...others]: readonly [string, ...(readonly string[])],
): Promise<IssuedCertificate> {
  const altNames = [...new Set([commonName, ...others, "localhost", "127.0.0.1"])];
  const request = { commonName, altNames, usage: "server" } as const;
  switch (kind) {
    case "valid":
      return authority.issue(request);
    case "wrong-name":
      return authority.issue({ ...request, commonName: "other.example", altNames: ["other.example"] });
    case "expired":
      return authority.issue({ ...request, ...longAgo });
    case "unknown-authority":
      return (await createAuthority({ commonName: "An authority no one trusts" })).issue(request);
    default:
      return unreachable(kind);
  }
}

const longAgo = { notBefore: new Date("2020-01-01T00:00:00Z"), notAfter: new Date("2021-01-01T00:00:00Z") };
