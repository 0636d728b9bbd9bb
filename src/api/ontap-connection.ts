import * as z from "zod";
import { parseIp } from "../std/ip.ts";
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
import { grants } from "./grants.ts";
import { withRules } from "./rules.ts";

/** The kind OntapConnection: the one source of its types, of its parsing and of its CustomResourceDefinition. */

/** Host name, IPv4 or bracketed IPv6, and a port if it is not 443. No path, no user: those do not belong here. */
const endpointPattern =
  /^https:\/\/([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$/;

/** A host whose last label is a number is read as an IPv4 address by every HTTP client, and must be one. */
const numericHost = /^https:\/\/([^:]*[.])?(0[xX][0-9A-Fa-f]*|[0-9]+)(:[0-9]+)?$/;

const celRegex = (pattern: RegExp): string => `'${pattern.source.replaceAll("\\/", "/").replaceAll("\\", "\\\\")}'`;

const endpoint = withRules(
  z.string().min(9).max(270),
  {
    rule: `self.matches(${celRegex(endpointPattern)})`,
    message:
      "endpoint must be https:// and a host with an optional port, such as https://cluster1.example.com; without user, path or trailing slash",
    holds: (text) => endpointPattern.test(text),
  },
  {
    rule: "!self.contains('[') || isIP(self.substring(self.indexOf('[') + 1, self.indexOf(']')))",
    message: "endpoint must have an IPv6 address in its brackets, such as https://[fd00::1]:8443",
    holds: (text) => !text.includes("[") || isIp(text.slice(text.indexOf("[") + 1, text.indexOf("]"))),
  },
  {
    rule: `!self.matches(${celRegex(numericHost)}) || isIP(self.split('/')[2].split(':')[0])`,
    message:
      "endpoint must have a whole IPv4 address or a host name that does not end with a number, such as https://10.0.0.1",
    holds: (text) => !numericHost.test(text) || isIp(text.split("/")[2]?.split(":")[0] ?? ""),
  },
).meta({
  description:
    "endpoint is where ONTAP's REST API is: a cluster or SVM management LIF, such as https://cluster1.example.com.",
});

const isIp = (text: string): boolean => parseIp(text) !== undefined;

const secretName = objectName.meta({ description: "name is the name of a Secret in the namespace of this object." });

const namedSecret = (description: string) => z.object({ name: secretName }).meta({ description });

const auth = withRules(
  z.object({
    basic: z
      .object({
        secretRef: namedSecret(
          "secretRef refers to a Secret of type kubernetes.io/basic-auth, with keys username and password.",
        ),
      })
      .optional()
      .meta({ description: "basic is the user name and password of an ONTAP login for application http." }),
    clientCertificate: z
      .object({
        secretRef: namedSecret(
          "secretRef refers to a Secret of type kubernetes.io/tls, with keys tls.crt and tls.key.",
        ),
      })
      .optional()
      .meta({
        description:
          "clientCertificate is a certificate whose common name is an ONTAP login with authentication method cert.",
      }),
    bearerToken: z
      .object({
        secretRef: z
          .object({
            name: secretName,
            key: dataKey.default("token").meta({ description: "key is the key of the token in the Secret." }),
          })
          .meta({
            description: "secretRef refers to a Secret with label ontap-iscsi.dev/use: login, which holds the token.",
          }),
      })
      .optional()
      .meta({ description: "bearerToken is an OAuth 2.0 access token (ONTAP 9.14 and later)." }),
  }),
  {
    rule: "[has(self.basic), has(self.clientCertificate), has(self.bearerToken)].exists_one(x, x)",
    message: "auth: set exactly one of basic, clientCertificate and bearerToken",
    holds: (methods) => Object.values(methods).filter((method) => method !== undefined).length === 1,
    field: "basic",
  },
).meta({
  description:
    "auth is how the operator logs in to the array; exactly one of basic, clientCertificate and bearerToken.",
});

const tls = withRules(
  z.object({
    caBundle: z.string().max(131_072).optional().meta({
      description:
        "caBundle holds the certificates (PEM) of the authorities that the array's certificate is verified with; default: those of the system.",
    }),
    caRef: z
      .object({
        kind: z
          .enum(["ConfigMap", "Secret"])
          .meta({ description: "kind is the kind of the object: ConfigMap or Secret." }),
        name: objectName.meta({ description: "name is the name of the object, in the namespace of this one." }),
        key: dataKey.default("ca.crt").meta({ description: "key is the key of the certificates (PEM)." }),
      })
      .optional()
      .meta({ description: "caRef refers to the certificates of the authorities, instead of caBundle." }),
    serverName: z.string().min(1).max(253).optional().meta({
      description:
        "serverName is the name that the array's certificate must carry, if it is not the host of the endpoint.",
    }),
    insecureSkipVerify: z.boolean().default(false).meta({
      description:
        "insecureSkipVerify disables verification of the array's certificate. A machine in between can then read the login and every secret.",
    }),
  }),
  {
    rule: "!(has(self.caBundle) && has(self.caRef))",
    message: "tls: set at most one of caBundle and caRef",
    holds: ({ caBundle, caRef }) => caBundle === undefined || caRef === undefined,
    reason: "FieldValueForbidden",
    field: "caRef",
  },
  {
    rule: "!self.insecureSkipVerify || !(has(self.caBundle) || has(self.caRef) || has(self.serverName))",
    message: "tls: insecureSkipVerify verifies nothing; remove it, or remove caBundle, caRef and serverName",
    holds: ({ insecureSkipVerify, caBundle, caRef, serverName }) =>
      !insecureSkipVerify || (caBundle === undefined && caRef === undefined && serverName === undefined),
    field: "insecureSkipVerify",
  },
).meta({ description: "tls is how the array's certificate is verified. TLS 1.2 or later is always required." });

export const ontapConnectionSpec = z
  .object({
    endpoint,
    auth,
    tls: tls.prefault({ insecureSkipVerify: false }),
    grants,
    limits: z
      .object({
        maxConcurrentRequests: z.int().min(1).max(20).default(4).meta({
          description:
            "maxConcurrentRequests is how many requests to the array are under way at once, for all its credentials together. With 5 or more, a login that the array stops accepting may be refused that often at once, and ONTAP locks an account at the fifth failure.",
        }),
        requestTimeout: boundedDuration("limits.requestTimeout", "1s", "5m")
          .default("30s")
          .meta({ description: "requestTimeout is how long one request may take, such as 30s." }),
      })
      .prefault({ maxConcurrentRequests: 4, requestTimeout: "30s" })
      .meta({ description: "limits bound the load on the array." }),
    resyncInterval: boundedDuration("resyncInterval", "5s", "24h").default("10m").meta({
      description:
        "resyncInterval is how often the credentials are compared with the array, such as 10m. IscsiCredentials of other namespaces cannot ask for a shorter one.",
    }),
  })
  .meta({ description: "spec is the array, how to log in to it, and who may use it." });

const svmName = z.string().max(253).meta({ description: "name is the name of the SVM." });
const svmUuid = z.string().max(36).meta({ description: "uuid is the UUID of the SVM." });
const namespace = namespaceName.meta({ description: "namespace is the namespace of the IscsiCredentials." });

/** The bounds of the lists below; `total` and `namespaces` say what a full one leaves out. */
export const mostGrantUsage = 64;
export const mostLeftBehind = 20;
export const mostMissingSvms = 64;

export const ontapConnectionStatus = z
  .object({
    observedGeneration: observedGeneration.optional(),
    conditions: conditions.optional(),
    cluster: z
      .object({
        name: z.string().max(253).optional().meta({ description: "name is the name of the cluster." }),
        uuid: z.string().max(64).optional().meta({ description: "uuid is the UUID of the cluster." }),
        version: z.string().max(253).optional().meta({ description: "version is ONTAP's release, such as 9.18.1." }),
      })
      .optional()
      .meta({ description: "cluster is the ONTAP cluster, as far as the login may read it." }),
    svms: z
      .array(
        z.object({
          name: svmName,
          uuid: svmUuid,
          state: z.string().max(32).optional().meta({ description: "state is the state of the SVM, such as running." }),
        }),
      )
      .max(1024)
      .optional()
      .meta({
        description: "svms are the SVMs that the login sees.",
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
    credentials: z.int().min(0).optional().meta({
      description: "credentials is the number of IscsiCredentials that refer to this connection.",
    }),
    grants: z
      .object({
        namespaces: z.int().min(0).meta({
          description: "namespaces is the number of other namespaces whose IscsiCredentials refer to this connection.",
        }),
        usage: z
          .array(
            z.object({
              namespace,
              credentials: z
                .int()
                .min(0)
                .meta({ description: "credentials is the number of its IscsiCredentials that the grants allow." }),
              denied: z
                .int()
                .min(0)
                .meta({ description: "denied is the number of its IscsiCredentials that no grant allows." }),
            }),
          )
          .max(mostGrantUsage)
          .meta({
            description: "usage is the use by namespace; of more than 64 namespaces, those with the most objects.",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["namespace"],
          }),
      })
      .optional()
      .meta({ description: "grants is the use that other namespaces make of spec.grants." }),
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
        uid: z.string().max(64).meta({ description: "uid is the metadata.uid of the login Secret." }),
        resourceVersion: z.string().max(64).meta({
          description: "resourceVersion is the metadata.resourceVersion of the login Secret when it was refused.",
        }),
        refusals: z.int().min(1).meta({ description: "refusals is how often the array refused this version." }),
        lastRefusalTime: time.meta({ description: "lastRefusalTime is when the array last refused it." }),
      })
      .optional()
      .meta({
        description:
          "login is the version of the login Secret that the array refused. It is not tried again at once, since ONTAP locks accounts after five failures.",
      }),
    lastProbeTime: time
      .optional()
      .meta({ description: "lastProbeTime is when a probe last gave another result than the one before." }),
    nextAttemptTime: time.optional().meta({
      description: "nextAttemptTime is when the next attempt is due, while the connection does not work.",
    }),
    lastHandledReconcileAt: lastHandledReconcileAt.optional(),
  })
  .meta({ description: "status is the observed state of the connection." });

export type OntapConnectionSpec = Readonly<z.output<typeof ontapConnectionSpec>>;
export type OntapConnectionStatus = Readonly<z.output<typeof ontapConnectionStatus>>;
/** The refused login in a connection's status. */
export type LoginStatus = NonNullable<OntapConnectionStatus["login"]>;
