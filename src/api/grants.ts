import * as z from "zod";
import { authenticationTypes } from "../array/credential.ts";
import { parseCidr } from "../std/ip.ts";
import { namespaceName } from "./fields.ts";
import { initiatorPattern } from "./initiator-pattern.ts";
import { absentMeans, withRules } from "./rules.ts";

/** What an OntapConnection lets other namespaces do: `spec.grants`. Matching them is `authority/permits.ts`. */

/** What becomes of the array's credential when its object is deleted. */
export const deletionPolicies = ["Delete", "Deny", "Retain"] as const;
export type DeletionPolicy = (typeof deletionPolicies)[number];

const labelKey = z
  .string()
  .min(1)
  .max(317)
  .regex(
    /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/,
    "must be a label key, such as team or example.com/team",
  );

const requirement = withRules(
  z.object({
    key: labelKey.meta({ description: "key is the label key that the requirement applies to." }),
    operator: z
      .enum(["In", "NotIn", "Exists", "DoesNotExist"])
      .meta({ description: "operator relates the key to the values: In, NotIn, Exists or DoesNotExist." }),
    values: z
      .array(z.string().max(63))
      .max(64)
      .optional()
      .meta({ description: "values are the values for In and NotIn.", "x-kubernetes-list-type": "atomic" }),
  }),
  {
    rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
    message: "matchExpressions: values are required for In and NotIn, and forbidden for Exists and DoesNotExist",
    holds: ({ operator, values }) => ["In", "NotIn"].includes(operator) === (values ?? []).length > 0,
    field: "values",
  },
).meta({ description: "A requirement on the labels of a namespace." });

const selector = withRules(
  z.object({
    matchLabels: z
      .record(labelKey, z.string().max(63))
      .optional()
      .meta({ description: "matchLabels are labels that the namespace must have." }),
    matchExpressions: z.array(requirement).max(32).optional().meta({
      description: "matchExpressions are requirements that must all hold.",
      "x-kubernetes-list-type": "atomic",
    }),
  }),
  {
    rule: "(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)",
    message:
      "selector: at least one label or expression is required; to grant every namespace, write from: All instead",
    holds: ({ matchLabels, matchExpressions }) =>
      Object.keys(matchLabels ?? {}).length + (matchExpressions ?? []).length > 0,
    reason: "FieldValueRequired",
    field: "matchLabels",
  },
).meta({ description: "selector selects namespaces by their labels. An empty selector is refused: write from: All." });

const namespaces = withRules(
  z.object({
    from: z.enum(["All"]).optional().meta({ description: "from is All: every namespace of the cluster." }),
    names: z
      .array(namespaceName)
      .min(1)
      .max(256)
      .optional()
      .meta({ description: "names are the names of the namespaces.", "x-kubernetes-list-type": "set" }),
    selector: selector.optional(),
  }),
  {
    rule: "[has(self.from), has(self.names), has(self.selector)].exists_one(x, x)",
    message: "namespaces: set exactly one of from, names and selector",
    holds: (ways) => Object.values(ways).filter((way) => way !== undefined).length === 1,
    field: "names",
  },
).meta({
  description: "namespaces are the namespaces that the grant is for; exactly one of from, names and selector.",
});

const svm = withRules(z.string().min(1).max(253), {
  rule: "self == '*' || !self.contains('*')",
  message: "svms: * stands alone and means every SVM; write the names of SVMs in full",
  holds: (name) => name === "*" || !name.includes("*"),
});

const cidr = withRules(z.string().min(4).max(43), {
  rule: "isCIDR(self)",
  message: "addresses.within must be an IPv4 or IPv6 network such as 10.20.0.0/16 or fd00:20::/32",
  holds: (text) => parseCidr(text) !== undefined,
});

const grant = z
  .object({
    namespaces,
    svms: z.array(svm).min(1).max(256).meta({
      description:
        "svms are the SVMs that the grant is for, by name or UUID; an entry in the form of a UUID matches UUIDs only, and * alone is every SVM that the login sees.",
      "x-kubernetes-list-type": "set",
    }),
    initiators: z.array(initiatorPattern).max(1024).meta({
      description:
        "initiators are the initiators that the grant is for. An entry without * is one initiator; * is possible only as the last character; {namespace} stands for the name of the namespace, after the first colon and before a colon, a full stop or the end, such as iqn.1994-05.com.redhat:{namespace}:*. An entry never covers default: see defaultInitiator.",
      "x-kubernetes-list-type": "atomic",
    }),
    defaultInitiator: absentMeans(z.boolean(), false).meta({
      description:
        "defaultInitiator includes the initiator default, which every initiator without its own credential falls back to, and taking it over. Absent means false.",
    }),
    authenticationTypes: absentMeans(z.array(z.enum(authenticationTypes)).min(1).max(3), ["chap", "deny"]).meta({
      description:
        "authenticationTypes are the authentication types that may be declared: chap, none and deny. Absent means chap and deny.",
      "x-kubernetes-list-type": "set",
    }),
    mutualChap: absentMeans(z.enum(["Optional", "Required"]), "Optional").meta({
      description:
        "mutualChap is whether type chap must have an outbound pair: Optional or Required. Absent means Optional.",
    }),
    addresses: z
      .object({
        within: z.array(cidr).min(1).max(64).meta({
          description: "within are the networks that every declared address must be in, such as 10.20.0.0/16.",
          "x-kubernetes-list-type": "set",
        }),
      })
      .optional()
      .meta({
        description:
          "addresses limits initiatorAddress: it must be declared with merge Replace and at least one address, all of them within these networks. Type deny, and none where it is granted, need no addresses. The initiator default has no addresses, so such a grant does not allow chap for it.",
      }),
    adoption: absentMeans(z.enum(["Refuse", "Adopt"]), "Refuse").meta({
      description:
        "adoption is whether a credential that the array held before its object may be taken over: Refuse or Adopt. Annotation ontap-iscsi.dev/adopt-until on the connection lifts Refuse for a time. Absent means Refuse.",
    }),
    deletion: absentMeans(z.array(z.enum(deletionPolicies)).min(1).max(3), [...deletionPolicies]).meta({
      description:
        "deletion are the deletion policies that may be carried out: Delete, Deny and Retain. Retain is always allowed; Deny also needs deny among authenticationTypes. Absent means all three.",
      "x-kubernetes-list-type": "set",
    }),
    maxCredentials: z.int().min(0).max(1_000_000).optional().meta({
      description:
        "maxCredentials is how many IscsiCredentials each namespace may have under this grant. Lowering it takes nothing away from those that are applied. Absent means without limit.",
    }),
  })
  .meta({ description: "A grant lets IscsiCredentials of other namespaces use this connection within its limits." });

export const grants = absentMeans(z.array(grant).max(64), []).meta({
  description:
    "grants let other namespaces use this connection: each IscsiCredential needs one grant that allows all that it declares. The connection's own namespace may do everything. Absent means no other namespace.",
  "x-kubernetes-list-type": "atomic",
});

export type Grant = Readonly<z.output<typeof grant>>;
