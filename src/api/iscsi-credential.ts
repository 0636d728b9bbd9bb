import * as z from "zod";
import { authenticationTypes, type VisibleField } from "../array/credential.ts";
import { initiatorMaxBytes, initiatorPattern, uuidPattern } from "../array/identifiers.ts";
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
import { deletionPolicies } from "./grants.ts";
import { initiatorAddress } from "./initiator-address.ts";
import { immutable, withRules } from "./rules.ts";

/** The kind IscsiCredential: the one source of its types, of its parsing and of its CustomResourceDefinition. */

/** What a person does to move an object on to what cannot be changed in it, without touching the array in between. */
const moveTo = (what: string): string =>
  `set deletionPolicy to Retain, delete this object, and create it again for the other ${what} with adoptionPolicy Adopt`;

/**
 * Immutable as it is written. CEL does not see the object's own namespace, so the API server cannot tell that naming it
 * later changes nothing: that is refused too, or an absent namespace could become another one.
 */
const connectionRef = immutable(
  z.object({
    name: objectName.meta({ description: "name is the name of the OntapConnection." }),
    namespace: namespaceName.optional().meta({
      description:
        "namespace is the namespace of the OntapConnection, if it is not that of this object; a grant of that connection must then allow what this object declares. Immutable, so it cannot be added later either.",
    }),
  }),
  "connectionRef",
  moveTo("connection"),
).meta({ description: "connectionRef refers to the OntapConnection through which the array is reached. Immutable." });

const svm = immutable(
  withRules(
    z.object({
      name: z.string().min(1).max(253).optional().meta({ description: "name is the name of the SVM." }),
      uuid: z
        .string()
        .length(36)
        .regex(uuidPattern, "must be a UUID, such as 02c9e252-41be-11e9-81d5-00a0986138f7")
        .optional()
        .meta({ description: "uuid is the UUID of the SVM; unlike the name it survives a rename." }),
    }),
    {
      rule: "has(self.name) != has(self.uuid)",
      message: "svm: set exactly one of name and uuid",
      holds: ({ name, uuid }) => (name === undefined) !== (uuid === undefined),
      field: "name",
    },
  ),
  "svm",
  "delete this object and create one for the other SVM",
).meta({ description: "svm is the SVM that holds the credential; exactly one of name and uuid. Immutable." });

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
    "initiator is the name of the initiator: an IQN, an EUI-64, or default for every initiator without its own credential. Compared without regard to case. Immutable.",
});

const secretRef = (direction: string, userDefault: string, passwordDefault: string) =>
  z
    .object({
      name: objectName.meta({ description: "name is the name of a Secret in the namespace of this object." }),
      userKey: dataKey.optional().meta({
        description: `userKey is the key of the user name; default ${userDefault} in a Secret of type kubernetes.io/iscsi-chap, username in any other. The value is shown in status, so a key other than username, node.session.auth.username, node.session.auth.username_in, chapUsername or chapTargetUsername must stand in annotation ontap-iscsi.dev/user-keys of the Secret.`,
      }),
      passwordKey: dataKey.optional().meta({
        description: `passwordKey is the key of the password; default ${passwordDefault} in a Secret of type kubernetes.io/iscsi-chap, password in any other.`,
      }),
    })
    .meta({
      description: `secretRef refers to the Secret that holds user name and password of the ${direction} direction: of type kubernetes.io/iscsi-chap or kubernetes.io/basic-auth, or with label ontap-iscsi.dev/use: chap.`,
    });

const chap = z
  .object({
    inbound: z
      .object({ secretRef: secretRef("inbound", "node.session.auth.username", "node.session.auth.password") })
      .meta({ description: "inbound is the pair that the initiator authenticates to the array with." }),
    outbound: z
      .object({ secretRef: secretRef("outbound", "node.session.auth.username_in", "node.session.auth.password_in") })
      .optional()
      .meta({
        description:
          "outbound is the pair that the array authenticates to the initiator with (mutual CHAP). Its password must differ from that of inbound.",
      }),
  })
  .meta({ description: "chap is the CHAP pairs; required for authenticationType chap, forbidden for none and deny." });

export const iscsiCredentialSpec = withRules(
  z.object({
    connectionRef,
    svm,
    initiator,
    authenticationType: z.enum(authenticationTypes).meta({
      description:
        "authenticationType is how the initiator authenticates: chap, none or deny. none lets it log in without authentication, deny refuses it.",
    }),
    chap: chap.optional(),
    initiatorAddress: initiatorAddress.optional(),
    mode: z.enum(["Enforce", "Plan"]).default("Enforce").meta({
      description:
        "mode is Enforce or Plan. Enforce writes to the array. Plan writes nothing to the array, and shows in status.plan what Enforce would write.",
    }),
    adoptionPolicy: z.enum(["Adopt", "Refuse"]).default("Adopt").meta({
      description:
        "adoptionPolicy is what happens to a credential that the array held before this object: Adopt takes it over, Refuse leaves it and says so. Under a grant that refuses adoption, Adopt is treated as Refuse.",
    }),
    deletionPolicy: z.enum(deletionPolicies).default("Delete").meta({
      description:
        "deletionPolicy is what happens to the array's credential when this object is deleted. Delete removes it, and the initiator falls back to the SVM's default credential. Retain leaves it as it is. Deny leaves it with authentication type deny.",
    }),
    resyncInterval: boundedDuration("resyncInterval", "5s", "24h").optional().meta({
      description:
        "resyncInterval is how often the credential is compared with the array, such as 10m. Default: resyncInterval of the connection, which is also the least for objects of other namespaces.",
    }),
    reassertInterval: boundedDuration("reassertInterval", "1m", "8760h").optional().meta({
      description:
        "reassertInterval is how often the secrets are written again although nothing visible changed, since ONTAP never shows secrets. Default: never.",
    }),
    suspend: z.boolean().default(false).meta({
      description: "suspend stops all writes to the array for this object; Ready stays as it was.",
    }),
  }),
  {
    rule: "(self.authenticationType == 'chap') == has(self.chap)",
    message: "chap is required when authenticationType is chap, and forbidden when it is none or deny",
    holds: ({ authenticationType, chap: pairs }) => (authenticationType === "chap") === (pairs !== undefined),
    field: "chap",
  },
  {
    rule: "self.initiator != 'default' || !has(self.initiatorAddress)",
    message:
      "initiatorAddress is not possible for the initiator default (ONTAP 5374155); remove it, and declare addresses for single initiators",
    holds: ({ initiator: name, initiatorAddress: addresses }) => name !== "default" || addresses === undefined,
    reason: "FieldValueForbidden",
    field: "initiatorAddress",
  },
  {
    rule: "self.initiator != 'default' || self.deletionPolicy != 'Delete'",
    message:
      "deletionPolicy Delete is not possible for the initiator default (ONTAP 5374148); set Retain to leave it or Deny to close it",
    holds: ({ initiator: name, deletionPolicy }) => name !== "default" || deletionPolicy !== "Delete",
    field: "deletionPolicy",
  },
).meta({ description: "spec is what the array must hold for one initiator on one SVM." });

const secretVersion = z.object({
  name: z.string().max(253).meta({ description: "name is the name of the Secret." }),
  uid: z.string().max(64).meta({ description: "uid is the metadata.uid of the Secret." }),
  resourceVersion: z.string().max(64).meta({
    description: "resourceVersion is the metadata.resourceVersion of the Secret when it was read.",
  }),
});

const visible = {
  authenticationType: z
    .enum(authenticationTypes)
    .meta({ description: "authenticationType is how the initiator authenticates: chap, none or deny." }),
  inboundUser: z
    .string()
    .max(512)
    .optional()
    .meta({ description: "inboundUser is the user name of the inbound direction." }),
  outboundUser: z
    .string()
    .max(512)
    .optional()
    .meta({ description: "outboundUser is the user name of the outbound direction." }),
  addresses: z.array(z.string().max(100)).max(1024).optional().meta({
    description:
      "addresses are the addresses from which the initiator may log in, as single addresses and ranges; none means any.",
    "x-kubernetes-list-type": "atomic",
  }),
} satisfies Record<VisibleField, z.ZodType>;

const svmUuid = z.string().max(36).meta({ description: "uuid is the UUID of the SVM." });
const ownUid = z.string().max(64).meta({
  description: "uid is the metadata.uid of this object: a status that was copied from another object proves nothing.",
});
const generation = (description: string) => z.int().min(0).meta({ description });

const svmShown = z.object({
  name: z.string().max(253).optional().meta({ description: "name is the name of the SVM when last seen." }),
  uuid: svmUuid,
});

/** SVMs that an object may leave a credential on, each by an edit of its owner or a rename. */
export const mostFormerSvms = 4;

/** Changes of verdict and writes that `status.history` keeps. */
export const longestHistory = 10;

export const iscsiCredentialStatus = z
  .object({
    observedGeneration: observedGeneration.optional(),
    conditions: conditions.optional(),
    svm: svmShown.optional().meta({ description: "svm is the SVM that spec.svm refers to." }),
    formerSvms: z
      .array(svmShown.extend({ uid: ownUid }))
      .max(mostFormerSvms)
      .optional()
      .meta({
        description:
          "formerSvms are SVMs that still hold a credential of this object, since spec.svm or the endpoint of the connection came to mean another SVM. deletionPolicy Delete removes it there too, where the login sees the SVM.",
        "x-kubernetes-list-type": "atomic",
      }),
    applied: z
      .object({
        ...visible,
        svm: svmShown.meta({ description: "svm is the SVM that accepted it." }),
        uid: ownUid,
        adopted: z.boolean().optional().meta({
          description: "adopted is true if the array held the credential before this object.",
        }),
        inboundSecret: secretVersion
          .optional()
          .meta({ description: "inboundSecret is the version of the inbound Secret that was written." }),
        outboundSecret: secretVersion
          .optional()
          .meta({ description: "outboundSecret is the version of the outbound Secret that was written." }),
        generation: generation("generation is the metadata.generation that was written."),
        time: time.meta({ description: "time is when ONTAP accepted it." }),
      })
      .optional()
      .meta({
        description:
          "applied is what ONTAP last accepted from this object; passwords only as versions of their Secrets.",
      }),
    attempt: z
      .object({
        svm: z.object({ uuid: svmUuid }).meta({ description: "svm is the SVM of the attempt." }),
        initiator: z
          .string()
          .max(initiatorMaxBytes)
          .meta({ description: "initiator is the initiator of the attempt." }),
        uid: ownUid,
      })
      .optional()
      .meta({
        description:
          "attempt is a creation that was begun while adoption is refused. A credential that is found after it is this object's own.",
      }),
    observed: z.object(visible).optional().meta({
      description: "observed is what ONTAP last showed, while that differs from what it accepted from this object.",
    }),
    otherAddresses: z.array(z.string().max(100)).max(1024).optional().meta({
      description:
        "otherAddresses are addresses of the credential that initiatorAddress does not declare and that merge Add or Remove leaves there.",
      "x-kubernetes-list-type": "atomic",
    }),
    plan: z
      .object({
        operation: z
          .enum(["POST", "PATCH", "Adopt"])
          .meta({ description: "operation is the call that would be made." }),
        changes: z
          .array(
            z.object({
              field: z.string().max(128).meta({ description: "field is ONTAP's name of the field." }),
              observed: z
                .string()
                .max(4096)
                .optional()
                .meta({ description: "observed is what ONTAP shows; never a password." }),
              wanted: z
                .string()
                .max(4096)
                .optional()
                .meta({ description: "wanted is what would be written; never a password." }),
            }),
          )
          .max(16)
          .meta({ description: "changes are the fields that would change.", "x-kubernetes-list-type": "atomic" }),
      })
      .optional()
      .meta({ description: "plan is what mode Plan would write; absent when the array already holds it." }),
    ontapError: z
      .object({
        code: z.string().max(32).optional().meta({ description: "code is ONTAP's error code." }),
        message: z.string().max(4096).meta({ description: "message is ONTAP's own text, without any secret." }),
        target: z.string().max(256).optional().meta({ description: "target is the input that ONTAP blames." }),
        operation: z
          .enum(["GET", "POST", "PATCH", "DELETE"])
          .meta({ description: "operation is the call that ONTAP answered." }),
        httpStatus: z.int().meta({ description: "httpStatus is the HTTP status of the answer." }),
        reason: z
          .string()
          .max(128)
          .meta({ description: "reason is what the code means, as one word (docs/errors.md)." }),
        remedy: z.string().max(1024).meta({ description: "remedy is what to do." }),
        generation: generation(
          "generation is the metadata.generation that ONTAP refused for good. It is not tried again until that changes.",
        ).optional(),
        inboundSecret: secretVersion
          .optional()
          .meta({ description: "inboundSecret is the version of the inbound Secret that ONTAP refused for good." }),
        outboundSecret: secretVersion
          .optional()
          .meta({ description: "outboundSecret is the version of the outbound Secret that ONTAP refused for good." }),
        since: time.meta({ description: "since is when ONTAP first answered so." }),
      })
      .optional()
      .meta({ description: "ontapError is the error that the array answered, while it stands." }),
    nextAttemptTime: time
      .optional()
      .meta({ description: "nextAttemptTime is when the next attempt is due, while one is." }),
    consecutiveFailures: z
      .int()
      .min(0)
      .optional()
      .meta({ description: "consecutiveFailures is the number of failed attempts since the last success." }),
    history: z
      .array(
        z.object({
          time: time.meta({ description: "time is when it happened." }),
          ready: z
            .enum(["True", "False", "Unknown"])
            .meta({ description: "ready is the status of Ready from then on." }),
          reason: z.string().max(128).meta({ description: "reason is the reason of Ready from then on." }),
          generation: generation("generation is the metadata.generation of that time."),
          operation: z
            .enum(["POST", "PATCH", "DELETE"])
            .optional()
            .meta({ description: "operation is the write to the array, if there was one." }),
          fields: z.array(z.string().max(128)).max(16).optional().meta({
            description: "fields are ONTAP's names of the fields that were written; never values.",
            "x-kubernetes-list-type": "atomic",
          }),
          inboundSecretVersion: z.string().max(64).optional().meta({
            description: "inboundSecretVersion is the resourceVersion of the inbound Secret that was written.",
          }),
          outboundSecretVersion: z.string().max(64).optional().meta({
            description: "outboundSecretVersion is the resourceVersion of the outbound Secret that was written.",
          }),
        }),
      )
      .max(longestHistory)
      .optional()
      .meta({
        description: "history is what happened: the last ten changes of verdict and writes to the array, newest last.",
        "x-kubernetes-list-type": "atomic",
      }),
    lastHandledReconcileAt: lastHandledReconcileAt.optional(),
  })
  .meta({ description: "status is the observed state of the credential." });

export type IscsiCredentialSpec = Readonly<z.output<typeof iscsiCredentialSpec>>;
export type IscsiCredentialStatus = Readonly<z.output<typeof iscsiCredentialStatus>>;
