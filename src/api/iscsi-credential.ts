import * as z from "zod";
import { authenticationTypes } from "../array/credential.ts";
import { initiatorMaxBytes, initiatorPattern, uuidPattern } from "../array/identifiers.ts";
import {
  boundedDuration,
  conditions,
  dataKey,
  lastHandledReconcileAt,
  namespaceName,
  objectName,
  observedGeneration,
} from "./fields.ts";
import { initiatorAddress } from "./initiator-address.ts";
import { immutable, withRules } from "./rules.ts";

/** The kind IscsiCredential: the one source of its types, of its parsing and of its CustomResourceDefinition. */

const connectionRef = z
  .object({
    name: objectName.meta({ description: "Name of the OntapConnection." }),
    namespace: namespaceName.optional().meta({
      description:
        "Its namespace, if it is not this object's; that connection's allowedNamespaces must then allow this namespace.",
    }),
  })
  .meta({ description: "The OntapConnection through which the array is reached." });

const svm = immutable(
  withRules(
    z.object({
      name: z.string().min(1).max(253).optional().meta({ description: "Name of the SVM." }),
      uuid: z
        .string()
        .length(36)
        .regex(uuidPattern)
        .optional()
        .meta({ description: "UUID of the SVM; unlike the name it survives a rename." }),
    }),
    {
      rule: "has(self.name) != has(self.uuid)",
      message: "svm: set exactly one of name and uuid",
      holds: ({ name, uuid }) => (name === undefined) !== (uuid === undefined),
    },
  ),
  "svm",
  "delete this object and create one for the other SVM",
).meta({ description: "The SVM that holds the credential; exactly one of name and uuid. Immutable." });

const initiator = immutable(
  withRules(z.string().min(1).max(initiatorMaxBytes), {
    rule: `self.matches('${initiatorPattern.source.replaceAll("\\", "\\\\")}')`,
    message:
      "initiator must be an IQN (iqn.yyyy-mm.reversed.domain[:name], characters a-z 0-9 . : -), an EUI (eui. and 16 hexadecimal digits) or default",
    holds: (text) => initiatorPattern.test(text),
  }),
  "initiator",
  "delete this object and create one for the other initiator",
).meta({
  description:
    "The initiator: an IQN, an EUI-64, or default for every initiator without a credential of its own. Compared without regard to case. Immutable.",
});

const secretRef = (direction: string, userDefault: string, passwordDefault: string) =>
  z
    .object({
      name: objectName.meta({ description: "Name of a Secret in this object's namespace." }),
      userKey: dataKey.optional().meta({
        description: `Key of the user name; default ${userDefault} in a Secret of type kubernetes.io/iscsi-chap, username in any other.`,
      }),
      passwordKey: dataKey.optional().meta({
        description: `Key of the password; default ${passwordDefault} in a Secret of type kubernetes.io/iscsi-chap, password in any other.`,
      }),
    })
    .meta({ description: `The Secret that holds user name and password of the ${direction} direction.` });

const chap = z
  .object({
    inbound: z
      .object({ secretRef: secretRef("inbound", "node.session.auth.username", "node.session.auth.password") })
      .meta({ description: "What the initiator proves itself to the array with." }),
    outbound: z
      .object({ secretRef: secretRef("outbound", "node.session.auth.username_in", "node.session.auth.password_in") })
      .optional()
      .meta({
        description:
          "What the array proves itself to the initiator with (mutual CHAP); its password must differ from inbound's.",
      }),
  })
  .meta({ description: "CHAP pairs; required for authenticationType chap, forbidden for none and deny." });

export const iscsiCredentialSpec = withRules(
  z.object({
    connectionRef,
    svm,
    initiator,
    authenticationType: z.enum(authenticationTypes).meta({
      description: "chap: prove yourself. none: log in without proof. deny: no login. ONTAP's own words.",
    }),
    chap: chap.optional(),
    initiatorAddress: initiatorAddress.optional(),
    mode: z.enum(["Enforce", "Plan"]).default("Enforce").meta({
      description: "Enforce writes to the array. Plan writes nothing there and shows in status.plan what it would.",
    }),
    adoptionPolicy: z.enum(["Adopt", "Refuse"]).default("Adopt").meta({
      description:
        "What to do with a credential that the array held before this object: take it over, or refuse and say so.",
    }),
    deletionPolicy: z.enum(["Delete", "Retain", "Deny"]).default("Delete").meta({
      description:
        "What becomes of the array's credential when this object is deleted. Delete: removed, the initiator falls back to the SVM's default credential. Retain: left as it is. Deny: left, with authentication type deny.",
    }),
    resyncInterval: boundedDuration("resyncInterval", "5s", "24h").optional().meta({
      description: "How often visible drift is looked for, such as 10m; default is the connection's resyncInterval.",
    }),
    reassertInterval: boundedDuration("reassertInterval", "1m", "8760h").optional().meta({
      description:
        "Write the secrets again this often although nothing visible changed, since ONTAP never shows whether they are still ours; absent: never.",
    }),
    suspend: z
      .boolean()
      .default(false)
      .meta({ description: "Stop before the next write to the array; Ready stays as it was." }),
  }),
  {
    rule: "(self.authenticationType == 'chap') == has(self.chap)",
    message: "chap is required when authenticationType is chap, and forbidden when it is none or deny",
    holds: ({ authenticationType, chap }) => (authenticationType === "chap") === (chap !== undefined),
  },
  {
    rule: "self.initiator != 'default' || !has(self.initiatorAddress)",
    message:
      "initiatorAddress is not possible for the initiator default (ONTAP 5374155); leave it out and give addresses to the single initiators",
    holds: ({ initiator, initiatorAddress }) => initiator !== "default" || initiatorAddress === undefined,
  },
  {
    rule: "self.initiator != 'default' || self.deletionPolicy != 'Delete'",
    message:
      "deletionPolicy Delete is not possible for the initiator default (ONTAP 5374148); set Retain to leave it or Deny to close it",
    holds: ({ initiator, deletionPolicy }) => initiator !== "default" || deletionPolicy !== "Delete",
  },
).meta({ description: "What the array shall hold for one initiator on one SVM." });

const secretVersion = z.object({
  name: z.string().max(253).meta({ description: "Name of the Secret." }),
  uid: z.string().max(64).meta({ description: "Its metadata.uid." }),
  resourceVersion: z.string().max(64).meta({ description: "Its metadata.resourceVersion when it was read." }),
});

const visible = {
  authenticationType: z.enum(authenticationTypes).meta({ description: "chap, none or deny." }),
  inboundUser: z.string().max(512).optional().meta({ description: "User name of the inbound direction." }),
  outboundUser: z.string().max(512).optional().meta({ description: "User name of the outbound direction." }),
  addresses: z.array(z.string().max(100)).max(1024).optional().meta({
    description: "Addresses from which the initiator may log in, as single addresses and ranges; none means any.",
    "x-kubernetes-list-type": "atomic",
  }),
};

const time = z.iso.datetime({ offset: true });

export const iscsiCredentialStatus = z
  .object({
    observedGeneration: observedGeneration.optional(),
    conditions: conditions.optional(),
    svm: z
      .object({
        name: z.string().max(253).optional().meta({ description: "Its name when it was last looked up." }),
        uuid: z.string().max(36).meta({ description: "Its UUID." }),
      })
      .optional()
      .meta({ description: "The SVM that spec.svm means." }),
    applied: z
      .object({
        ...visible,
        inboundSecret: secretVersion
          .optional()
          .meta({ description: "Version of the inbound Secret that was written." }),
        outboundSecret: secretVersion
          .optional()
          .meta({ description: "Version of the outbound Secret that was written." }),
        generation: z.int().meta({ description: "The metadata.generation that was written." }),
        time: time.meta({ description: "When ONTAP accepted it." }),
      })
      .optional()
      .meta({ description: "What ONTAP last accepted from this object; passwords only as versions of their Secrets." }),
    observed: z.object(visible).optional().meta({
      description: "What ONTAP last showed, while that is something else than what it accepted from this object.",
    }),
    otherAddresses: z.array(z.string().max(100)).max(1024).optional().meta({
      description:
        "Addresses that others put on the credential and that initiatorAddress.merge Add or Remove leaves there, as of the last look.",
      "x-kubernetes-list-type": "atomic",
    }),
    plan: z
      .object({
        operation: z.enum(["POST", "PATCH", "Adopt"]).meta({ description: "The call that would be made." }),
        changes: z
          .array(
            z.object({
              field: z.string().max(128).meta({ description: "ONTAP's name of the field." }),
              observed: z.string().max(4096).optional().meta({ description: "What ONTAP shows; passwords never." }),
              wanted: z.string().max(4096).optional().meta({ description: "What would be written; passwords never." }),
            }),
          )
          .max(16)
          .meta({ description: "Fields that would change.", "x-kubernetes-list-type": "atomic" }),
      })
      .optional()
      .meta({ description: "What mode Plan would write; absent when the array already holds it." }),
    ontapError: z
      .object({
        code: z.string().max(32).optional().meta({ description: "ONTAP's error code." }),
        message: z.string().max(4096).meta({ description: "ONTAP's own words, without any secret." }),
        target: z.string().max(256).optional().meta({ description: "The input that ONTAP blames." }),
        operation: z.enum(["GET", "POST", "PATCH", "DELETE"]).meta({ description: "The call that it answered." }),
        httpStatus: z.int().meta({ description: "HTTP status of the answer." }),
        reason: z.string().max(128).meta({ description: "What the code means, as one word; see docs/errors.md." }),
        remedy: z.string().max(1024).meta({ description: "What to do." }),
        generation: z.int().optional().meta({
          description: "The metadata.generation that it refused for good; not tried again until that changes.",
        }),
        inboundSecret: secretVersion
          .optional()
          .meta({ description: "Version of the inbound Secret that it refused for good." }),
        outboundSecret: secretVersion
          .optional()
          .meta({ description: "Version of the outbound Secret that it refused for good." }),
        since: time.meta({ description: "When ONTAP first answered so." }),
      })
      .optional()
      .meta({ description: "The error that the array itself answered, while it stands." }),
    nextAttemptTime: time.optional().meta({ description: "When the next attempt is due, while one is." }),
    consecutiveFailures: z.int().min(0).optional().meta({ description: "Failed attempts since the last success." }),
    history: z
      .array(
        z.object({
          time: time.meta({ description: "When the verdict changed." }),
          ready: z.enum(["True", "False", "Unknown"]).meta({ description: "Status of Ready from then on." }),
          reason: z.string().max(128).meta({ description: "Reason of Ready from then on." }),
          generation: z.int().meta({ description: "metadata.generation then." }),
        }),
      )
      .max(5)
      .optional()
      .meta({ description: "The last five changes of verdict, newest last.", "x-kubernetes-list-type": "atomic" }),
    lastHandledReconcileAt: lastHandledReconcileAt.optional(),
  })
  .meta({ description: "What is true." });

export type IscsiCredentialSpec = Readonly<z.output<typeof iscsiCredentialSpec>>;
export type IscsiCredentialStatus = Readonly<z.output<typeof iscsiCredentialStatus>>;
