import type { Labels } from "../std/label-selector.ts";

/** What whoever runs the operator allows to the objects of the cluster, whatever those say. */
export interface Switches {
  /** Whether an OntapConnection may name this endpoint: host, or host:port if the port is not 443. */
  readonly allowedEndpoints: (endpoint: string) => boolean;
  /** Whether a namespace with these labels may own OntapConnections. */
  readonly mayOwnConnections: (labels: Labels) => boolean;
  /** No connection may set insecureSkipVerify. */
  readonly forbidInsecureTls: boolean;
  /** The only namespaces that are read at all; undefined for the whole cluster. */
  readonly namespaces: readonly string[] | undefined;
}

/** Every object may do what its spec says. */
export const unrestricted: Switches = {
  allowedEndpoints: () => true,
  mayOwnConnections: () => true,
  forbidInsecureTls: false,
  namespaces: undefined,
};
