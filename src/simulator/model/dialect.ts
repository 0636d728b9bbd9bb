import * as z from "zod";

/**
 * Where no source says what ONTAP does, the simulator can do either; a client that works with every setting does not
 * depend on a guess. Each default is the reading that the sources support best.
 */
export const dialectSchema = z.strictObject({
  /** HTTP status by error code, or by its first digits and a star: `{"5374*": 500}`. Undocumented for this resource. */
  statuses: z.record(z.string().regex(/^[0-9]+\*?$/), z.int().min(400).max(599)).default({}),
  /** `chap` in a PATCH without `authentication_type`: Ansible's module says it fails, no source says how. */
  chapWithoutType: z.enum(["5374900", "262186", "accepted"]).default("5374900"),
  /** `svm` or `initiator` in a PATCH: both codes fit the words "cannot be specified in a PATCH method". */
  keyInPatch: z.enum(["262196", "262203"]).default("262196"),
  /** How initiators are spelled in answers; `default` is always `default`. */
  initiatorSpelling: z.enum(["folded", "as-written", "upper"]).default("folded"),
  /** Whether the initiator in a path has to be spelled as answers spell it. */
  initiatorsCompared: z.enum(["without-case", "with-case"]).default("without-case"),
  /**
   * The empty user that clears an outbound pair: documented from 9.12.1 on, and not up to 9.10.1, where no source says what
   * happens.
   */
  clearOutbound: z.enum(["by-release", "accepted", "refused", "ignored"]).default("by-release"),
  /** `add_initiator_addresses` and `remove_initiator_addresses`: all releases since 9.6 have them; what if one had not. */
  addressParameters: z.enum(["known", "unknown"]).default("known"),
  /** Upper case in the initiator of a POST. Igroups fold it; the documented character set is `a-z 0-9 . : -`. */
  upperCaseInitiator: z.enum(["folded", "refused"]).default("folded"),
  /** Whether masks are given back as they were written, as ranges, or in both lists, as the command line shows its one list. */
  addressView: z.enum(["as-written", "ranges", "both"]).default("both"),
  /** Whether overlapping and adjacent ranges are joined and sorted. */
  addressMerging: z.enum(["never", "adjacent"]).default("never"),
  /** How an IPv6 address is spelled in answers. */
  ipv6Spelling: z.enum(["canonical", "as-written"]).default("canonical"),
  /** Whether `10.1.2.3/24` is given back with its host bits. */
  maskHostBits: z.enum(["kept", "cleared"]).default("kept"),
  /** Whether CHAP pairs come back when the type goes from `chap` to `none` and back to `chap`. */
  chapAfterTypeChange: z.enum(["forgotten", "kept"]).default("forgotten"),
  /** Whether credentials survive the removal of the iSCSI service. */
  credentialsWithoutService: z.enum(["deleted", "kept"]).default("deleted"),
  /** How a colon is written in `Location` and `_links`; both are accepted in requests. */
  hrefColon: z.enum(["raw", "encoded"]).default("raw"),
  /** Whether errors carry `arguments` only for clients that send `X-Dot-Error-Arguments: true`. */
  errorArguments: z.enum(["on-request", "always"]).default("on-request"),
});

export type Dialect = Readonly<z.infer<typeof dialectSchema>>;
