import type { Row } from "./entry.ts";
import { remedies } from "./remedies.ts";

/** Codes that other endpoints document, or that people met, and that the state of an SVM or a cluster can bring up here. */

const environment = { class: "environment", verbs: [] } as const;
const soon = { ...environment, pace: "soon" } as const;
const slow = { ...environment, pace: "slow" } as const;

const failover = {
  ...slow,
  reason: "FailoverUnderWay",
  remedy: remedies.waitOrNodes,
} as const;

const vendorTables = "NetApp/trident: error tables of the generated REST client; inferred here";

/** Faults that pass by themselves, of which a production client's transport retries each. */
const transientFault = {
  ...soon,
  reason: "TransientFault",
  remedy: remedies.waitOrSupport,
  source: vendorTables,
} as const;

/** What cannot come from credentials as far as the vendor's texts go. */
const elsewhere = { ...transientFault, reason: "UnrelatedFault" } as const;

const svmJob = {
  ...soon,
  reason: "SvmJobRunning",
  remedy: remedies.waitMinutes,
  source: vendorTables,
} as const;

/** The login or ONTAP itself cannot find the SVM by its UUID. */
const svmLookup = {
  class: "converge",
  pace: "soon",
  verbs: [],
  reason: "SvmLookupFailed",
  remedy: "Check that the SVM exists and that the login may see it; the operator looks its name up again.",
  source: vendorTables,
} as const;

/** The object names an SVM that never serves iSCSI to hosts. */
const otherSvm = {
  class: "input",
  pace: "slow",
  verbs: [],
  reason: "SvmNotForData",
  remedy: "Create the object again with spec.svm naming a data SVM that serves iSCSI.",
  source: "NetAppDocs/ontap-restapi: error tables of other SVM-scoped endpoints; inferred here",
} as const;

const productionClient = "retried by a production client's transport; inferred here";
const harvest = "NetApp/harvest: pkg/errs/ontap.go; inferred here";

const replicationDestination = {
  ...slow,
  reason: "SvmIsReplicationDestination",
  sentence: "The SVM is the destination of a MetroCluster or SVM disaster recovery relationship and cannot be changed.",
  remedy: "Point the object at the source SVM, or wait for a switchover; the operator tries again by itself.",
  source: vendorTables,
} as const;

const svmStopped = {
  ...slow,
  reason: "SvmStopped",
  sentence: "The SVM is not running.",
  remedy: "Ask the storage administrator to run `vserver start`; the operator tries again by itself.",
  source: vendorTables,
} as const;

const metroCluster = {
  ...slow,
  reason: "MetroClusterUnsettled",
  remedy:
    "Ask the storage administrator to check the MetroCluster (`metrocluster show`); the operator tries again by itself.",
  source: harvest,
} as const;

export const environmentCodes = {
  "13": { ...failover, sentence: "ONTAP cannot save data at the moment.", source: productionClient },
  "262155": {
    ...slow,
    reason: "ClusterVersionTooLow",
    sentence: "The cluster's effective version is too low for this call.",
    remedy: "Finish the cluster's upgrade; the operator tries again by itself.",
    source: "NetAppDocs/ontap-restapi: error tables of other endpoints; inferred here",
  },
  "262325": {
    ...slow,
    reason: "ApprovalPending",
    sentence: "The call needs the approval of another administrator (multi-admin verification).",
    remedy: remedies.approval,
    source: "ansible-collections/netapp.ontap: na_ontap_mav_config.py; inferred here",
  },
  "393271": { ...failover, sentence: "A node of the cluster is offline.", source: productionClient },
  "458753": {
    ...slow,
    reason: "ServiceNotYetAvailable",
    sentence:
      "A service that the call needs is not available, or, as documented for routes, addresses are of different families.",
    remedy:
      "Wait; the operator tries again by itself. If it lasts, read ONTAP's message in status.ontapError: this code has several meanings.",
    source: "retried by a production client's transport if the text says so; NetApp/trident: routes; inferred here",
  },
  "524424": { ...failover, sentence: "ONTAP cannot save data during a storage failover.", source: productionClient },
  "655660": { ...otherSvm, sentence: "The operation is allowed only on data SVMs.", source: vendorTables },
  "1115127": {
    ...slow,
    reason: "IscsiNotLicensed",
    sentence: "The cluster has no valid iSCSI licence.",
    remedy: "Ask the storage administrator to run `system license add` for iSCSI; the operator tries again by itself.",
    source: "NetAppDocs/ontap-restapi: post-protocols-san-iscsi-services.adoc; inferred here",
  },
  "1260882": { ...svmLookup, sentence: "ONTAP does not find the SVM." },
  "1967171": { ...elsewhere, sentence: "ONTAP reports a fault of a BGP peer group." },
  "1967177": { ...elsewhere, sentence: "ONTAP reports a fault of a BGP peer group's local interface." },
  "2426405": { ...metroCluster, sentence: "MetroCluster is not configured, or not completely." },
  "2428841": { ...metroCluster, sentence: "A check of the MetroCluster is under way." },
  "2621475": { ...otherSvm, sentence: "The SVM is a node's SVM." },
  "2621488": { ...otherSvm, sentence: "The SVM is not valid in this context." },
  "2621507": {
    ...slow,
    reason: "IscsiNotAllowed",
    sentence: "The SVM may not serve iSCSI: the protocol is not among its allowed ones.",
    remedy:
      "Ask the storage administrator to run `vserver add-protocols` for the SVM; the operator tries again by itself.",
    source: "NetAppDocs/ontap-restapi: post-protocols-san-iscsi-services.adoc; inferred here",
  },
  "2621516": { ...otherSvm, sentence: "The SVM is not a data SVM." },
  "2621556": { ...failover, sentence: "The volume location database is offline.", source: productionClient },
  "2621573": {
    ...soon,
    reason: "SvmLocked",
    sentence: "The SVM is locked for a moment, while its configuration is recorded for its replication.",
    remedy: remedies.waitMinutes,
    source: "ansible-collections/netapp.ontap#147, #47",
  },
  "2621574": { ...replicationDestination, source: "ansible-collections/netapp.ontap#26" },
  "2621699": { ...otherSvm, sentence: "The SVM is a system SVM." },
  "2621740": { ...transientFault, sentence: "ONTAP could not find out whether the SVM is locked." },
  "2621779": { ...otherSvm, sentence: "The SVM is a data engine's SVM." },
  "3276916": svmStopped,
  "5373966": {
    ...otherSvm,
    reason: "SvmServesNvme",
    sentence: "The SVM is configured for NVMe, which excludes iSCSI.",
    source: "NetAppDocs/ontap-restapi: post-protocols-san-iscsi-services.adoc; inferred here",
  },
  "5374893": {
    ...svmStopped,
    source: "NetAppDocs/ontap-restapi: post-protocols-san-iscsi-services.adoc; inferred here",
  },
  "6619715": { ...transientFault, sentence: "The SVM's replication relationship is being modified." },
  "8585320": {
    ...slow,
    reason: "CounterManagerBusy",
    sentence: "ONTAP does not find the table that answers this call.",
    remedy: remedies.wait,
    source: harvest,
  },
  "8585368": {
    ...slow,
    reason: "SystemStarting",
    sentence: "ONTAP has not completed its initialization.",
    remedy: remedies.waitOrNodes,
    source: vendorTables,
  },
  "9241607": {
    ...slow,
    reason: "ClusterNotCreated",
    sentence: "The nodes do not form a cluster yet.",
    remedy: "Finish the cluster's creation; the operator tries again by itself.",
    source: "NetAppDocs/ontap-restapi: get-cluster.adoc",
  },
  "9699340": { ...svmLookup, sentence: "ONTAP does not find the SVM's UUID." },
  "13172837": {
    ...slow,
    reason: "SvmMigrating",
    sentence: "The SVM is locked while it migrates to another cluster.",
    remedy: "Wait for the migration to end, and point the connection at the cluster that then serves the SVM.",
    source: "NetApp/trident: generated REST client; inferred here",
  },
  "13434889": { ...transientFault, sentence: "ONTAP met an internal error and asks to wait and try again." },
  "13434890": { ...svmLookup, sentence: "ONTAP could not look up the SVM for the login's role." },
  "13434893": { ...svmLookup, sentence: "The SVM does not exist." },
  "13434894": {
    ...slow,
    reason: "SvmOperationLimitReached",
    sentence: "As many operations on SVMs are under way as ONTAP allows.",
    remedy: remedies.wait,
    source: productionClient,
  },
  "13434906": replicationDestination,
  "13434915": { ...svmJob, sentence: "A job that creates or deletes the SVM is running." },
  "13434916": { ...svmJob, sentence: "The SVM is being created." },
  "26345574": { ...svmLookup, sentence: "ONTAP could not look up the SVM's UUID." },
  "65536968": { ...elsewhere, sentence: "ONTAP reports a fault of its external key manager." },
  "65537564": { ...elsewhere, sentence: "ONTAP reports a fault of its Azure Key Vault." },
} as const satisfies Readonly<Record<string, Row>>;
