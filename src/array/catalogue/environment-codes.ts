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

const unstatedFault = {
  ...soon,
  reason: "TransientFault",
  sentence: "ONTAP met a fault that passes by itself; its documentation does not say more.",
  remedy: remedies.waitOrSupport,
  source: "retried by a production client's transport; meaning not stated",
} as const;

const svmJob = {
  ...soon,
  reason: "SvmJobRunning",
  remedy: remedies.waitMinutes,
  source: "NetAppDocs/ontap-restapi: patch-svm-svms-.adoc",
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

const metroCluster = {
  ...slow,
  reason: "MetroClusterUnsettled",
  remedy: "Look at the MetroCluster's state (metrocluster show); the operator tries again by itself.",
  source: harvest,
} as const;

const counterManager = { ...slow, reason: "CounterManagerBusy", remedy: remedies.wait, source: harvest } as const;

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
    sentence: "A service that the call needs is not available.",
    remedy:
      "Wait; the operator tries again by itself. If it lasts, read ONTAP's message: this code has several meanings.",
    source: "retried by a production client's transport if the text says so; inferred here",
  },
  "524424": { ...failover, sentence: "ONTAP cannot save data during a storage failover.", source: productionClient },
  "1115127": {
    ...slow,
    reason: "IscsiNotLicensed",
    sentence: "The cluster has no valid iSCSI licence.",
    remedy: "Have the array's administrator install one (system license add); the operator tries again by itself.",
    source: "NetAppDocs/ontap-restapi: post-protocols-san-iscsi-services.adoc; inferred here",
  },
  "1967171": unstatedFault,
  "1967177": unstatedFault,
  "2426405": { ...metroCluster, sentence: "MetroCluster is not configured, or not completely." },
  "2428841": { ...metroCluster, sentence: "A check of the MetroCluster is under way." },
  "2621475": { ...otherSvm, sentence: "The SVM is a node's SVM." },
  "2621488": { ...otherSvm, sentence: "The SVM is not valid in this context." },
  "2621507": {
    ...slow,
    reason: "IscsiNotAllowed",
    sentence: "The SVM may not serve iSCSI: it is none of its allowed protocols.",
    remedy: "Have the array's administrator allow it (vserver add-protocols); the operator tries again by itself.",
    source: "NetAppDocs/ontap-restapi: post-protocols-san-iscsi-services.adoc; inferred here",
  },
  "2621516": { ...otherSvm, sentence: "The SVM is no data SVM." },
  "2621556": { ...failover, sentence: "The volume location database is offline.", source: productionClient },
  "2621573": {
    ...soon,
    reason: "SvmLocked",
    sentence: "The SVM is locked for a moment, while its configuration is recorded for its replication.",
    remedy: remedies.waitMinutes,
    source: "ansible-collections/netapp.ontap#147, #47",
  },
  "2621574": {
    ...slow,
    reason: "SvmIsReplicationDestination",
    sentence:
      "The SVM is the destination of a MetroCluster or SVM disaster recovery relationship and cannot be changed.",
    remedy: "Point the object at the source SVM, or wait for a switchover; the operator tries again by itself.",
    source: "ansible-collections/netapp.ontap#26",
  },
  "2621699": { ...otherSvm, sentence: "The SVM is a system SVM." },
  "2621779": { ...otherSvm, sentence: "The SVM is a data engine's SVM." },
  "5373966": {
    ...otherSvm,
    reason: "SvmServesNvme",
    sentence: "The SVM is configured for NVMe, which excludes iSCSI.",
    source: "NetAppDocs/ontap-restapi: post-protocols-san-iscsi-services.adoc; inferred here",
  },
  "5374893": {
    ...slow,
    reason: "SvmStopped",
    sentence: "The SVM is not running.",
    remedy: "Have the array's administrator start it (vserver start); the operator tries again by itself.",
    source: "NetAppDocs/ontap-restapi: post-protocols-san-iscsi-services.adoc; inferred here",
  },
  "6619715": unstatedFault,
  "8585320": { ...counterManager, sentence: "ONTAP does not find the table that answers this call." },
  "8585368": { ...counterManager, sentence: "ONTAP's counter manager rejects the call at the moment." },
  "9241607": {
    ...slow,
    reason: "ClusterNotCreated",
    sentence: "The nodes do not form a cluster yet.",
    remedy: "Finish the cluster's creation; the operator tries again by itself.",
    source: "NetAppDocs/ontap-restapi: get-cluster.adoc",
  },
  "13172837": {
    ...slow,
    reason: "SvmMigrating",
    sentence: "The SVM is locked while it migrates to another cluster.",
    remedy: "Wait for the migration to end, and point the connection at the cluster that then serves the SVM.",
    source: "NetApp/trident: generated REST client; inferred here",
  },
  "13434889": unstatedFault,
  "13434894": {
    ...slow,
    reason: "SvmOperationLimitReached",
    sentence: "As many operations on SVMs are under way as ONTAP allows.",
    remedy: remedies.wait,
    source: productionClient,
  },
  "13434915": { ...svmJob, sentence: "The SVM is still being created." },
  "13434916": { ...svmJob, sentence: "The SVM is being deleted." },
  "65536968": unstatedFault,
  "65537564": unstatedFault,
} as const satisfies Readonly<Record<string, Row>>;
