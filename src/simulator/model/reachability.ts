import type { CertificateKind } from "../server/server-certificate.ts";

/** What clients meet before HTTP begins, as an administrator or an accident changes it. */
export interface Reachability {
  /** Shows another certificate from the next handshake on; open connections are closed. */
  showCertificate(kind: CertificateKind): Promise<void>;
  /** As while a LIF moves: connections are cut and new ones refused. */
  refuseConnections(): Promise<void>;
  acceptConnections(): Promise<void>;
  /** Cuts new connections before TLS is set up, as an overflowing accept queue does. */
  abortHandshakes(abort: boolean): void;
}
