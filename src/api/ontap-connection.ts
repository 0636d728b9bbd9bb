import * as z from "zod";
import {
  boundedDuration,
  conditions,
  dataKey,
  lastHandledReconcileAt,
  namespaceName,
  objectName,
  observedGeneration,
  time,
} from "./fields.ts";
import { withRules } from "./rules.ts";

/** The kind OntapConnection: the one source of its types, of its parsing and of its CustomResourceDefinition. */

/** Host name, IPv4 or bracketed IPv6, and a port if it is not 443. No path, no user: those do not belong here. */
const endpointPattern =
  /^https:\/\/([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$/;

const endpoint = withRules(z.string().min(9).max(270), {
  rule: `self.matches('${endpointPattern.source.replaceAll("\\/", "/").replaceAll("\\", "\\\\")}')`,
  message:
    "endpoint must be https:// and a host with an optional port, such as https://cluster1.example.com; without user, path or trailing slash",
  holds: (text) => endpointPattern.test(text),
}).meta({
  description: "Where ONTAP's REST API is: a cluster or SVM management LIF, such as https://cluster1.example.com.",
});

const namedSecret = (what: string) =>
  z
    .object({ name: objectName.meta({ description: "Name of a Secret in this object's namespace." }) })
    .meta({ description: what });

const auth = withRules(
  z.object({
    basic: z
      .object({ secretRef: namedSecret("A Secret of type kubernetes.io/basic-auth: keys username and password.") })
      .optional()
      .meta({ description: "User name and password of an ONTAP login for application http." }),
    clientCertificate: z
      .object({ secretRef: namedSecret("A Secret of type kubernetes.io/tls: keys tls.crt and tls.key.") })
      .optional()
      .meta({ description: "A client certificate whose common name is an ONTAP login with method cert." }),
    bearerToken: z
      .object({
        secretRef: z
          .object({
            name: objectName.meta({ description: "Name of a Secret in this object's namespace." }),
            key: dataKey.default("token").meta({ description: "Key of the token." }),
          })
          .meta({ description: "The Secret that holds the token." }),
      })
      .optional()
      .meta({ description: "An OAuth 2.0 access token (ONTAP 9.14 and later)." }),
  }),
  {
    rule: "[has(self.basic), has(self.clientCertificate), has(self.bearerToken)].exists_one(x, x)",
    message: "auth: set exactly one of basic, clientCertificate and bearerToken",
    holds: (methods) => Object.values(methods).filter((method) => method !== undefined).length === 1,
  },
).meta({ description: "How the operator logs in; exactly one method." });

const tls = withRules(
  z.object({
    caBundle: z
      .string()
      .max(131_072)
      .optional()
      .meta({ description: "Certificates (PEM) of the authorities that are believed; default: the system's." }),
    caRef: z
      .object({
        kind: z.enum(["ConfigMap", "Secret"]).meta({ description: "ConfigMap or Secret." }),
        name: objectName.meta({ description: "Its name, in this object's namespace." }),
        key: dataKey.default("ca.crt").meta({ description: "Key of the certificates (PEM)." }),
      })
      .optional()
      .meta({ description: "Where the certificates of the authorities are kept, instead of caBundle." }),
    serverName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .meta({ description: "The name that the array's certificate must carry, if it is not the endpoint's host." }),
    insecureSkipVerify: z
      .boolean()
      .default(false)
      .meta({ description: "Believe any certificate. Whoever sits in between reads the login and every secret." }),
  }),
  {
    rule: "!(has(self.caBundle) && has(self.caRef))",
    message: "tls: set at most one of caBundle and caRef",
    holds: ({ caBundle, caRef }) => caBundle === undefined || caRef === undefined,
  },
  {
    rule: "!self.insecureSkipVerify || !(has(self.caBundle) || has(self.caRef) || has(self.serverName))",
    message: "tls: insecureSkipVerify checks nothing; remove it, or remove caBundle, caRef and serverName",
    holds: ({ insecureSkipVerify, caBundle, caRef, serverName }) =>
      !insecureSkipVerify || (caBundle === undefined && caRef === undefined && serverName === undefined),
  },
).meta({ description: "Which array is believed to be the right one. TLS 1.2 or later always." });

const labelText = z.string().max(317);

const selector = z
  .object({
    matchLabels: z
      .record(labelText, z.string().max(63))
      .optional()
      .meta({ description: "Labels that the namespace must have." }),
    matchExpressions: z
      .array(
        withRules(
          z.object({
            key: labelText.min(1).meta({ description: "Label key." }),
            operator: z
              .enum(["In", "NotIn", "Exists", "DoesNotExist"])
              .meta({ description: "In, NotIn, Exists or DoesNotExist." }),
            values: z
              .array(z.string().max(63))
              .max(64)
              .optional()
              .meta({ description: "Values for In and NotIn.", "x-kubernetes-list-type": "atomic" }),
          }),
          {
            rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
            message:
              "allowedNamespaces.selector.matchExpressions: values are required for In and NotIn, and forbidden for Exists and DoesNotExist",
            holds: ({ operator, values }) => ["In", "NotIn"].includes(operator) === (values ?? []).length > 0,
          },
        ).meta({ description: "One requirement on labels." }),
      )
      .max(32)
      .optional()
      .meta({ description: "Requirements that all must hold.", "x-kubernetes-list-type": "atomic" }),
  })
  .meta({ description: "A label selector over namespaces; an empty one matches every namespace." });

const allowedNamespaces = withRules(
  z.object({
    from: z.enum(["Same", "All", "Selector"]).default("Same").meta({
      description: "Same: only this object's namespace. All: every one. Selector: those that selector matches.",
    }),
    selector: selector.optional(),
  }),
  {
    rule: "(self.from == 'Selector') == has(self.selector)",
    message: "allowedNamespaces: selector is required when from is Selector, and forbidden otherwise",
    holds: ({ from, selector }) => (from === "Selector") === (selector !== undefined),
  },
)
  // Whole, since the API server holds a default against the rules before it fills in what is within.
  .prefault({ from: "Same" })
  .meta({ description: "From which namespaces IscsiCredentials may refer to this connection." });

export const ontapConnectionSpec = z
  .object({
    endpoint,
    auth,
    tls: tls.prefault({ insecureSkipVerify: false }),
    allowedNamespaces,
    allowedSvms: z.array(z.string().min(1).max(253)).max(256).optional().meta({
      description: "Names of the SVMs that may be managed through this connection; absent: all that the login sees.",
      "x-kubernetes-list-type": "set",
    }),
    limits: z
      .object({
        maxConcurrentRequests: z.int().min(1).max(20).default(4).meta({
          description:
            "Requests to the array under way at once, of all its credentials together. With 5 or more, a login that the array ceases to accept in the middle of work may be refused that often at once, and ONTAP locks an account at the fifth failure.",
        }),
        requestTimeout: boundedDuration("limits.requestTimeout", "1s", "5m")
          .default("30s")
          .meta({ description: "How long one request may take, such as 30s." }),
      })
      .prefault({ maxConcurrentRequests: 4, requestTimeout: "30s" })
      .meta({ description: "How hard the array may be asked." }),
    resyncInterval: boundedDuration("resyncInterval", "5s", "24h")
      .default("10m")
      .meta({ description: "How often visible drift of the credentials is looked for, such as 10m." }),
  })
  .meta({ description: "One array behind one login." });

const svmName = z.string().max(253).meta({ description: "name is the name of the SVM." });
const svmUuid = z.string().max(36).meta({ description: "uuid is the UUID of the SVM." });
const namespace = namespaceName.meta({ description: "namespace is the namespace of the IscsiCredentials." });

/** The bounds of the lists below; `total` and `namespaces` say what a full one leaves out. */
export const mostLeftBehind = 20;
export const mostMissingSvms = 64;

export const ontapConnectionStatus = z
  .object({
    observedGeneration: observedGeneration.optional(),
    conditions: conditions.optional(),
    cluster: z
      .object({
        name: z.string().max(253).optional().meta({ description: "Name of the cluster." }),
        uuid: z.string().max(64).optional().meta({ description: "UUID of the cluster." }),
        version: z.string().max(253).optional().meta({ description: "ONTAP's release, such as 9.18.1." }),
      })
      .optional()
      .meta({ description: "The cluster, as far as the login may read it." }),
    svms: z
      .array(
        z.object({
          name: z.string().max(253).meta({ description: "Name of the SVM." }),
          uuid: z.string().max(36).meta({ description: "Its UUID." }),
          state: z.string().max(32).optional().meta({ description: "Its state, such as running." }),
        }),
      )
      .max(1024)
      .optional()
      .meta({
        description: "The SVMs that the login sees.",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["uuid"],
      }),
    missingSvms: z
      .array(
        z.object({
          uuid: svmUuid,
          name: svmName.optional(),
          since: time.meta({ description: "since is when a complete list of SVMs first lacked it." }),
        }),
      )
      .max(mostMissingSvms)
      .optional()
      .meta({
        description:
          "missingSvms are SVMs that were seen before, through the same endpoint and login, and that the last complete list lacked. One that two complete lists lack counts as gone.",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["uuid"],
      }),
    access: z
      .object({
        endpoint: z.string().max(270).meta({ description: "endpoint is the spec.endpoint of that time." }),
        user: z
          .string()
          .max(512)
          .optional()
          .meta({ description: "user is the ONTAP login, where the Secret names it." }),
      })
      .optional()
      .meta({ description: "access is what the list in svms was read through." }),
    credentials: z.int().min(0).optional().meta({ description: "How many IscsiCredentials refer to this connection." }),
    leftBehind: z
      .object({
        total: z.int().min(0).meta({ description: "total is the number of credentials that were left behind." }),
        newest: z
          .array(
            z.object({
              svm: z
                .object({ name: svmName.optional(), uuid: svmUuid })
                .meta({ description: "svm is the SVM that holds the credential." }),
              initiator: z.string().max(223).meta({ description: "initiator is the initiator of the credential." }),
              namespace,
              time: time.meta({ description: "time is when the credential was left behind." }),
            }),
          )
          .max(mostLeftBehind)
          .meta({ description: "newest are the newest of them, newest first.", "x-kubernetes-list-type": "atomic" }),
      })
      .optional()
      .meta({
        description:
          "leftBehind are credentials that the operator once applied and that stay on the array although their IscsiCredential is gone or no longer granted. Annotation ontap-iscsi.dev/left-behind-acknowledged with a time clears those up to it.",
      }),
    login: z
      .object({
        endpoint: z
          .string()
          .max(270)
          .optional()
          .meta({ description: "endpoint is the spec.endpoint that refused the login." }),
        user: z
          .string()
          .max(512)
          .optional()
          .meta({ description: "user is the ONTAP login, where the Secret names it." }),
        uid: z.string().max(64).meta({ description: "metadata.uid of the login Secret." }),
        resourceVersion: z.string().max(64).meta({ description: "Its metadata.resourceVersion when it was refused." }),
        refusals: z.int().min(1).meta({ description: "How often the array refused this version." }),
        lastRefusalTime: z.iso.datetime({ offset: true }).meta({ description: "When it last did." }),
      })
      .optional()
      .meta({
        description:
          "The version of the login Secret that the array refused; it is not tried again at once, since ONTAP locks accounts after five failures.",
      }),
    lastProbeTime: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: "When the array was last asked with a result that differs from the one before." }),
    nextAttemptTime: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: "When the next attempt is due, while the connection does not work." }),
    lastHandledReconcileAt: lastHandledReconcileAt.optional(),
  })
  .meta({ description: "What is true." });

export type OntapConnectionSpec = Readonly<z.output<typeof ontapConnectionSpec>>;
export type OntapConnectionStatus = Readonly<z.output<typeof ontapConnectionStatus>>;
/** The refused login in a connection's status. */
export type LoginStatus = NonNullable<OntapConnectionStatus["login"]>;
