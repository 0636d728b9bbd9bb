/** Remedies that rows of different tables share, since the same thing helps whatever says it. */
export const remedies = {
  login:
    "Correct the connection's login Secret, or ask the storage administrator to run `security login unlock` and to check that the account may use application http; ONTAP locks accounts after repeated failures, so the operator waits before it tries again.",
  role: "Ask the storage administrator to run `security login rest-role create` so that the login's role has access all to /api/protocols/san/iscsi/credentials and readonly to /api/svm/svms, and on an SVM also the web services rest and security.",
  approval:
    "Ask the storage administrator to approve the request (`security multi-admin-verify request approve`) or to take the command out of the rules; then set annotation ontap-iscsi.dev/reconcile-requested-at on the IscsiCredential. Until then the operator only reads, so that the password is sent once.",
  throttle:
    "Wait; the operator keeps to the pause that ONTAP asks for. If it lasts, lower spec.limits.maxConcurrentRequests of the connection.",
  endpoint:
    "Check that spec.endpoint of the connection is a cluster or SVM management LIF of ONTAP 9.6 or later, with nothing in between.",
  release: "Check that the array runs ONTAP 9.6 or later; if it does, report this to the operator's maintainers.",
  report: "Report it to the operator's maintainers; the operator never sends this on purpose.",
  wait: "Wait; the operator tries again by itself.",
  waitMinutes: "Wait some minutes; the operator tries again by itself.",
  waitOrNodes:
    "Wait; the operator tries again by itself. If it lasts, ask the storage administrator to check the nodes (`cluster show`, `storage failover show`).",
  waitOrSupport: "Wait; the operator tries again by itself. If it lasts, ask NetApp's support with ONTAP's message.",
} as const;
