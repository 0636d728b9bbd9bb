import type { BodyShape } from "../wire/body-shape.ts";

const text = { kind: "text" } as const;
const ignored = { kind: "ignored" } as const;
const pair = { kind: "object", fields: { user: text, password: text } } as const;

/**
 * The body of POST and PATCH. `_links` is part of the documented example of a PATCH body, so it is accepted and ignored;
 * `family` is read-only in the documentation and settable in NetApp's Python library, see `readAddresses`.
 */
export const credentialShape: BodyShape & { readonly kind: "object" } = {
  kind: "object",
  fields: {
    _links: ignored,
    svm: { kind: "object", fields: { uuid: text, name: text, _links: ignored } },
    initiator: text,
    authentication_type: text,
    chap: { kind: "object", fields: { inbound: pair, outbound: pair } },
    initiator_address: {
      kind: "object",
      fields: {
        ranges: { kind: "list", of: { kind: "object", fields: { start: text, end: text, family: text } } },
        masks: { kind: "list", of: { kind: "object", fields: { address: text, netmask: text, family: text } } },
      },
    },
  },
};

/** The type of what `readShape` makes of `credentialShape`. */
export interface CredentialBody {
  readonly svm?: SvmReference;
  readonly initiator?: string;
  readonly authentication_type?: string;
  readonly chap?: { readonly inbound?: PairBody; readonly outbound?: PairBody };
  readonly initiator_address?: AddressBody;
}

export interface SvmReference {
  readonly uuid?: string;
  readonly name?: string;
}

export interface PairBody {
  readonly user?: string;
  readonly password?: string;
}

export interface AddressBody {
  readonly ranges?: readonly { readonly start?: string; readonly end?: string; readonly family?: string }[];
  readonly masks?: readonly { readonly address?: string; readonly netmask?: string; readonly family?: string }[];
}
