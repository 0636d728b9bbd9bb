/** The paths of the HTTP side door, shared by its server and its client. */
export const sideDoorPaths = {
  credentials: "/credentials",
  svms: "/svms",
  requests: "/requests",
  requestCounts: "/requests/counts",
  faults: "/faults",
  actions: "/actions",
  clientCertificates: "/client-certificates",
} as const;
