import { aCredential, iqn, type ApiHarness, type Reply } from "./harness.ts";

/** How to provoke a documented code with one real request; `before` makes the world in which it happens. */
export interface CodeRow {
  readonly code: string;
  readonly method: string;
  readonly status: number;
  readonly because: string;
  readonly before?: (harness: ApiHarness) => Promise<unknown>;
  readonly request: (harness: ApiHarness) => Promise<Reply>;
}

const noSuchUuid = "00000000-0000-4000-8000-000000000000";
const noSvm = (because: string, changes: Readonly<Record<string, unknown>>) => ({
  because,
  request: ({ post }: ApiHarness) => post(aCredential(changes)),
});
const chap = (inbound?: unknown, outbound?: unknown) => ({ authentication_type: "chap", chap: { inbound, outbound } });
const good = { user: "host1", password: "inbound-secret" };
const range = (start: string, end: string) => ({ initiator_address: { ranges: [{ start, end }] } });
const existing = (harness: ApiHarness) => harness.post(aCredential());
const named = (initiator: string, because: string) => ({
  because,
  request: ({ post }: ApiHarness) => post(aCredential({ initiator })),
});

const postRows: readonly Omit<CodeRow, "method">[] = [
  { code: "2621462", status: 404, ...noSvm("no SVM has this UUID", { svm: { uuid: noSuchUuid } }) },
  { code: "2621462", status: 404, ...noSvm("no SVM has this name", { svm: { name: "svm9" } }) },
  {
    code: "2621706",
    status: 400,
    because: "the UUID is svm1's and the name svm2's",
    request: ({ post, svm1 }) => post(aCredential({ svm: { uuid: svm1, name: "svm2" } })),
  },
  { code: "2621707", status: 400, ...noSvm("no SVM is given", { svm: undefined }) },
  { code: "5373969", status: 400, ...named("iqn.", "nothing follows the prefix") },
  { code: "5373969", status: 400, ...named("iqn.1995-08", "no naming authority follows the date") },
  { code: "5373970", status: 400, ...named("iqm.1995-08.com.example:string", "the prefix is not iqn") },
  { code: "5373971", status: 400, ...named("iqn.95-08.com.example:string", "the year has two digits") },
  { code: "5373971", status: 400, ...named("iqn.1995-13.com.example:string", "there is no month 13") },
  { code: "5373972", status: 400, ...named("iqn.1995-08.com.example:under_score", "_ is not allowed") },
  { code: "5373977", status: 400, ...named("eui.0123456789abcde", "15 digits instead of 16") },
  { code: "5373977", status: 400, ...named("eui.0123456789abcdeg", "g is no hexadecimal digit") },
  { code: "5373978", status: 400, ...named("eui:0123456789abcdef", "a colon stands where the dot belongs") },
  { code: "5373997", status: 400, ...named("server-1", "it is neither an IQN nor an EUI") },
  { code: "5374078", status: 400, ...noSvm("svm3 has no iSCSI service", { svm: { name: "svm3" } }) },
  { code: "5374142", status: 409, because: "it exists", before: existing, request: ({ post }) => post(aCredential()) },
  {
    code: "5374142",
    status: 409,
    because: "names are compared without case",
    before: existing,
    request: ({ post }) => post(aCredential({ initiator: iqn.toUpperCase() })),
  },
  {
    code: "5374142",
    status: 409,
    because: "the default credential comes with the iSCSI service",
    request: ({ post }) => post(aCredential({ initiator: "default" })),
  },
  ...["0x123", "0xnothex!", "0x"].map((password) => ({
    code: "5374145",
    status: 400,
    because: `${password} begins like a hex secret but is none`,
    request: ({ post }: ApiHarness) => post(aCredential(chap({ user: "host1", password }))),
  })),
  {
    code: "5374147",
    status: 400,
    because: "one secret for both directions",
    request: ({ post }) => post(aCredential(chap(good, { user: "ontap", password: good.password }))),
  },
  {
    code: "5374147",
    status: 400,
    because: "hex 6162 and ab are the same secret",
    request: ({ post }) =>
      post(aCredential(chap({ user: "host1", password: "0x6162" }, { user: "ontap", password: "ab" }))),
  },
  { code: "5374149", status: 400, ...noSvm("no pair at all", { chap: undefined }) },
  { code: "5374149", status: 400, ...noSvm("a user without a password", chap({ user: "host1" })) },
  { code: "5374149", status: 400, ...noSvm("a password without a user", chap({ password: "inbound-secret" })) },
  { code: "5374149", status: 400, ...noSvm("only an outbound pair", chap(undefined, good)) },
  { code: "5374150", status: 400, ...noSvm("an outbound user without a password", chap(good, { user: "ontap" })) },
  { code: "5374855", status: 400, ...noSvm("the range ends before it starts", range("10.0.0.9", "10.0.0.1")) },
  { code: "5374856", status: 400, ...noSvm("from IPv4 to IPv6", range("10.0.0.1", "2001:db8::1")) },
  { code: "5374900", status: 400, ...noSvm("CHAP with type none", { authentication_type: "none" }) },
  { code: "5374900", status: 400, ...noSvm("CHAP with type deny", { authentication_type: "deny" }) },
];

const patching = (because: string, body: unknown) => ({
  because,
  before: existing,
  request: ({ patch }: ApiHarness) => patch(iqn, body),
});
const headerOfOtherSvm = { "X-Dot-SVM-Name": "svm2" };

const patchRows: readonly Omit<CodeRow, "method">[] = [
  {
    code: "2621462",
    status: 404,
    because: "no SVM has this UUID",
    request: ({ call, pathOf, svm1 }) =>
      call({ method: "PATCH", path: pathOf(iqn).replace(svm1, noSuchUuid), body: { authentication_type: "deny" } }),
  },
  {
    code: "2621706",
    status: 400,
    because: "the path names svm1, the tunnelling header svm2",
    before: existing,
    request: ({ call, pathOf }) =>
      call({ method: "PATCH", path: pathOf(iqn), headers: headerOfOtherSvm, body: { authentication_type: "deny" } }),
  },
  {
    code: "2621707",
    status: 400,
    because: "a record of a record-based PATCH names no SVM",
    request: ({ call }) =>
      call({
        method: "PATCH",
        path: "/api/protocols/san/iscsi/credentials",
        body: { records: [{ initiator: iqn, authentication_type: "deny" }] },
      }),
  },
  { code: "5374145", status: 400, ...patching("an odd number of digits", chap({ user: "host1", password: "0x123" })) },
  { code: "5374147", status: 400, ...patching("equal to the stored inbound secret", chap(undefined, good)) },
  { code: "5374149", status: 400, ...patching("a user without a password", chap({ user: "host2" })) },
  {
    code: "5374149",
    status: 400,
    because: "from none to chap without a pair",
    before: ({ post }) => post(aCredential({ authentication_type: "none", chap: undefined })),
    request: ({ patch }) => patch(iqn, { authentication_type: "chap" }),
  },
  { code: "5374150", status: 400, ...patching("an outbound user alone", chap(undefined, { user: "ontap" })) },
  {
    code: "5374155",
    status: 400,
    because: "the default credential has no address list",
    request: ({ patch }) => patch("default", range("10.0.0.1", "10.0.0.9")),
  },
  { code: "5374855", status: 400, ...patching("the range ends before it starts", range("::2", "::1")) },
  { code: "5374856", status: 400, ...patching("from IPv6 to IPv4", range("::1", "10.0.0.1")) },
  {
    code: "5374895",
    status: 404,
    because: "there is no credential of this initiator",
    request: ({ patch }) => patch(iqn, { authentication_type: "deny" }),
  },
  {
    code: "5374900",
    status: 400,
    ...patching("CHAP with type none", { authentication_type: "none", chap: { inbound: good } }),
  },
  {
    code: "5374900",
    status: 400,
    ...patching("CHAP without a type, the default dialect's guess", { chap: { inbound: good } }),
  },
];

const deleteRows: readonly Omit<CodeRow, "method">[] = [
  {
    code: "2621462",
    status: 404,
    because: "no SVM has this UUID",
    request: ({ call, pathOf, svm1 }) => call({ method: "DELETE", path: pathOf(iqn).replace(svm1, noSuchUuid) }),
  },
  {
    code: "2621706",
    status: 400,
    because: "the path names svm1, the tunnelling header svm2",
    before: existing,
    request: ({ call, pathOf }) => call({ method: "DELETE", path: pathOf(iqn), headers: headerOfOtherSvm }),
  },
  {
    code: "2621707",
    status: 400,
    because: "a record of a record-based DELETE names no SVM",
    request: ({ call }) =>
      call({ method: "DELETE", path: "/api/protocols/san/iscsi/credentials", body: { records: [{ initiator: iqn }] } }),
  },
  { code: "5374148", status: 400, because: "it is the default credential", request: ({ remove }) => remove("default") },
  {
    code: "5374895",
    status: 404,
    because: "there is no credential of this initiator",
    request: ({ remove }) => remove(iqn),
  },
];

const withMethod =
  (method: string) =>
  (row: Omit<CodeRow, "method">): CodeRow => ({ ...row, method });

export const credentialCodeRows: readonly CodeRow[] = [
  ...postRows.map(withMethod("POST")),
  ...patchRows.map(withMethod("PATCH")),
  ...deleteRows.map(withMethod("DELETE")),
];
