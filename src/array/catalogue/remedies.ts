/** Remedies that rows of different tables share, since the same thing helps whoever says it. */
export const remedies = {
  login:
    "Correct the connection's login Secret, or unlock the account (security login unlock) and see that it may use application http; ONTAP locks accounts after repeated failures, so the operator does not hurry to try again.",
  role: "Give the login's role access all to /api/protocols/san/iscsi/credentials and readonly to /api/svm/svms (security login rest-role create), and on an SVM also the web services rest and security.",
  approval:
    "Ask the storage administrator to approve the request (`security multi-admin-verify request approve`) or to take the command out of the rules; the operator tries again by itself.",
  throttle:
    "Wait; the operator obeys the pause that ONTAP asks for. If it lasts, lower spec.limits.maxConcurrentRequests of the connection.",
  endpoint:
    "Check that spec.endpoint of the connection is a cluster or SVM management LIF of ONTAP 9.6 or later, with nothing in between.",
  release: "Check that the array runs ONTAP 9.6 or later; if it does, report this to the operator's maintainers.",
  report: "Report it to the operator's maintainers; the operator never sends this on purpose.",
  wait: "Wait; the operator tries again by itself.",
  waitMinutes: "Wait some minutes; the operator tries again by itself.",
  waitOrNodes:
    "Wait; the operator tries again by itself. If it lasts, look at the health of the cluster's nodes (cluster show, storage failover show).",
  waitOrSupport: "Wait; the operator tries again by itself. If it lasts, ask NetApp's support with ONTAP's message.",
} as const;
