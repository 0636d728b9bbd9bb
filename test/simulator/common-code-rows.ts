import type { CodeRow } from "./credential-code-rows.ts";
import { aCredential, credentials, iqn, type ApiHarness } from "./harness.ts";

const getting = (query: string, because: string) => ({
  because,
  method: "GET",
  status: 400,
  request: ({ get }: ApiHarness) => get(`${credentials}?${query}`),
});
const posting = (body: unknown, because: string) => ({
  because,
  method: "POST",
  status: 400,
  request: ({ post }: ApiHarness) => post(body),
});
const patching = (body: unknown, because: string, query = "") => ({
  because,
  method: "PATCH",
  status: 400,
  before: ({ post }: ApiHarness) => post(aCredential()),
  request: ({ patch }: ApiHarness) => patch(iqn, body, query),
});
const addresses = (list: unknown) => aCredential({ initiator_address: list });

/** Common codes, provoked on the credentials endpoint. */
export const commonCodeRows: readonly CodeRow[] = [
  {
    code: "3",
    method: "PUT",
    status: 405,
    because: "the endpoint has no PUT",
    request: ({ call }) => call({ method: "PUT", path: credentials, body: {} }),
  },
  {
    code: "3",
    method: "GET",
    status: 405,
    because: "there is no such API",
    request: ({ get }) => get("/api/protocols/san/nothing"),
  },
  {
    code: "4",
    method: "GET",
    status: 404,
    because: "there is no such credential",
    request: ({ get, pathOf }) => get(pathOf(iqn)),
  },
  {
    code: "6",
    method: "DELETE",
    status: 403,
    because: "the role has no access to delete",
    before: async ({ simulator }) => {
      await simulator.sideDoor.act({
        do: "put-role",
        name: "no-delete",
        privileges: [{ path: credentials, access: "read_create_modify" }],
      });
      await simulator.sideDoor.act({ do: "put-login", user: "limited", password: "pw", role: "no-delete" });
    },
    request: ({ call, pathOf }) =>
      call({ method: "DELETE", path: pathOf(iqn), as: { user: "limited", password: "pw" } }),
  },
  { code: "262177", ...getting("svm.name=", "a parameter without a value") },
  { code: "262179", ...getting("nonsense=1", "no such field") },
  { code: "262179", ...posting(aCredential({ nonsense: 1 }), "no such field in a body") },
  { code: "262179", ...posting(aCredential({ chap: { inbound: { secret: "x" } } }), "no such field deep in a body") },
  { code: "262185", ...getting("return_records=maybe", "neither true nor false") },
  {
    code: "262186",
    ...patching(
      {},
      "addresses cannot be added and removed at once",
      "?add_initiator_addresses=true&remove_initiator_addresses=true",
    ),
  },
  {
    code: "262186",
    ...posting(
      addresses({ ranges: [{ start: "10.0.0.1", end: "10.0.0.1", family: "ipv6" }] }),
      "the family contradicts the address",
    ),
  },
  { code: "262188", ...getting("fields=initiator&fields=svm", "one parameter twice") },
  { code: "262188", ...posting({ ...aCredential(), "svm.name": "svm1" }, "nested and dotted in one body") },
  { code: "262190", ...patching({}, "nothing to change") },
  { code: "262190", ...patching("", "no body at all") },
  { code: "262194", ...getting("initiator=%3C", "an operator without an operand") },
  { code: "262194", ...getting("initiator=a%7C", "an alternative that is not there") },
  { code: "262196", ...patching({ svm: { name: "svm2" } }, "a credential cannot move to another SVM") },
  { code: "262196", ...patching({ initiator: "iqn.1995-08.com.example:b" }, "a credential cannot be renamed") },
  { code: "262197", ...getting("return_timeout=600", "more than 120 seconds") },
  { code: "262197", ...getting("max_records=0", "a page holds at least one record") },
  { code: "262197", ...getting("fields=nonsense", "no such field to show") },
  { code: "262197", ...getting("authentication_type=kerberos", "no such type to filter by") },
  { code: "262197", ...posting(aCredential({ authentication_type: "kerberos" }), "no such type") },
  { code: "262197", ...posting(addresses({ ranges: [{ start: "10.0.0", end: "10.0.0.1" }] }), "no address") },
  {
    code: "262198",
    method: "GET",
    status: 400,
    because: "GET with a body",
    request: ({ call }) => call({ path: credentials, body: { initiator: iqn } }),
  },
  {
    code: "262198",
    method: "DELETE",
    status: 400,
    because: "DELETE with a body",
    request: ({ call, pathOf }) => call({ method: "DELETE", path: pathOf(iqn), body: { initiator: iqn } }),
  },
  { code: "262199", ...posting('{"initiator": nonsense}', "no JSON value") },
  { code: "262199", ...posting('{"initiator": "a",}', "a comma too many") },
  { code: "262199", ...posting('{"initiator": "\\N"}', "no such escape") },
  { code: "262199", ...posting("[".repeat(8000) + "]".repeat(8000), "nested 8,000 deep") },
  { code: "262200", ...posting('{"initiator": "iqn', "the body ends within a string") },
  { code: "262200", ...posting('{"initiator": {', "the body ends within an object") },
  { code: "262201", ...posting(new Uint8Array([0x7b, 0xff, 0x7d]), "not UTF-8") },
  { code: "262201", ...posting('"text"', "no object") },
  {
    code: "262202",
    method: "DELETE",
    status: 400,
    because: "a secret in a URL",
    request: ({ remove }) => remove(iqn, "?chap.inbound.password=hush"),
  },
  { code: "262202", ...patching({ authentication_type: "none" }, "a secret in a URL", "?chap.outbound.password=hush") },
  { code: "262203", ...patching({ records: [] }, "records belong to the collection") },
  {
    code: "262211",
    method: "POST",
    status: 400,
    because: "an attribute in the URL of a POST",
    request: ({ post }) => post(aCredential(), "?svm.name=svm1"),
  },
  { code: "262212", ...posting(aCredential({ initiator: undefined }), "no initiator") },
  { code: "262212", ...posting(aCredential({ authentication_type: undefined }), "no type") },
  {
    code: "262212",
    method: "DELETE",
    status: 400,
    because: "a DELETE of the collection without a query would delete everything",
    request: ({ call }) => call({ method: "DELETE", path: credentials }),
  },
  { code: "262222", ...getting("fields=initiator,initiator", "one field twice") },
  {
    code: "262245",
    ...posting(addresses({ masks: [{ address: "2001:db8::1", netmask: "128" }] }), "IPv6 masks end at 127"),
  },
  {
    code: "262245",
    ...posting(
      aCredential({ chap: { inbound: { user: "u".repeat(129), password: "inbound-secret" } } }),
      "129 bytes of user name",
    ),
  },
  {
    code: "262245",
    ...posting(
      aCredential({ chap: { inbound: { user: "u", password: "ä".repeat(257) } } }),
      "514 bytes in 257 characters",
    ),
  },
  { code: "262247", ...posting(aCredential({ initiator: 5 }), "a number instead of a string") },
  { code: "262247", ...posting(aCredential({ chap: "x" }), "a string instead of an object") },
  { code: "262248", ...getting("fields", "no equals sign") },
  { code: "262249", ...getting("fields=chap.inbound.password", "secrets are not readable") },
  { code: "262250", ...getting("chap.inbound.password=hush", "secrets cannot be filtered by") },
  { code: "262254", ...posting(addresses({ ranges: {} }), "an object instead of an array") },
  { code: "262255", ...posting(aCredential({ initiator: [] }), "an array instead of a string") },
  { code: "262255", ...posting([], "an array instead of an object") },
  { code: "262268", ...getting("order_by=chap.inbound.password", "nothing to order by") },
  { code: "262272", ...getting("query=%22a&query_fields=initiator", "a quote that is never closed") },
  { code: "262273", ...getting("query=a", "query without query_fields") },
  { code: "262274", ...getting("query=%7C&query_fields=initiator", "a query of nothing") },
  { code: "262275", ...getting("query=a&query_fields=!initiator", "all fields excluded") },
  { code: "262276", ...getting("query=a&query_fields=initiator,initiator", "one query field twice") },
  { code: "262277", ...patching({ authentication_type: "none" }, "a cross-field query outside GET", "?query=a") },
  { code: "262282", ...posting('{"initiator": "a", "initiator": "b"}', "one property twice") },
  { code: "262286", ...getting("fields=chap.%7Binbound", "a brace that is never closed") },
  { code: "262294", ...getting("job_results_uuid=00000000-0000-4000-8000-000000000000", "no such job") },
  {
    code: "6691623",
    method: "GET",
    status: 401,
    because: "a wrong password",
    request: ({ call }) => call({ path: credentials, as: { user: "admin", password: "wrong" } }),
  },
  {
    code: "39387137",
    method: "GET",
    status: 400,
    because: "an escape that is none",
    request: ({ get }) => get(`${credentials}/%zz/a`),
  },
];
