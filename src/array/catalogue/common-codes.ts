import type { Row } from "./entry.ts";
import { remedies } from "./remedies.ts";

/** The codes that any endpoint of ONTAP may answer, and the one of a refused login. */

const source = "NetAppDocs/ontap-restapi: getting_started_with_the_ontap_rest_api.adoc, section Response body";

const common = { verbs: [], source } as const;
const soon = { ...common, class: "environment", pace: "soon" } as const;
const slow = { ...common, class: "environment", pace: "slow" } as const;
const converge = { ...common, class: "converge", pace: "soon" } as const;
const bug = {
  ...common,
  class: "bug",
  pace: "slow",
  remedy: remedies.report,
} as const;

/** Requests that a correct client never makes; only its maintainers can do anything about them. */
const malformed = { ...bug, reason: "RequestMalformed" } as const;

/** The reference tells these apart; the operator makes no such query, and no request over several records. */
const crossFieldQuery = { ...malformed, sentence: "A query over several fields at once is not valid." } as const;
const severalRecords = { ...malformed, sentence: "A request over several records failed or is under way." } as const;

/** ONTAP names the field in `target`; what stands there came from the object or its Secret. */
const refusedValue = {
  ...common,
  class: "input",
  pace: "slow",
  reason: "ValueRefused",
  remedy: "Change the field that ONTAP names as its target in the object or in its Secret.",
} as const;

const unansweredInside = {
  ...soon,
  reason: "InternalCallFailed",
  remedy: remedies.waitOrNodes,
} as const;

const throttled = {
  ...soon,
  reason: "TooManyRequests",
  remedy: remedies.throttle,
} as const;

export const commonCodes = {
  "1": {
    ...converge,
    reason: "EntryExists",
    sentence: "ONTAP already holds an entry with the same identifiers.",
    remedy: "Nothing to do; the operator reads again and changes the one that is there.",
  },
  "2": {
    ...refusedValue,
    sentence:
      "A field of the request is invalid, missing or not expected; at other endpoints also an svm.uuid that ONTAP does not know.",
  },
  "3": {
    ...bug,
    reason: "OperationNotSupported",
    sentence: "ONTAP does not know this operation.",
    remedy: remedies.release,
  },
  "4": {
    ...converge,
    reason: "EntryMissing",
    sentence: "ONTAP holds no such entry.",
    remedy: "Nothing to do; the operator reads again and creates it if it should be there.",
  },
  "6": {
    ...common,
    class: "permission",
    pace: "slow",
    reason: "PermissionDenied",
    sentence: "The login is known to ONTAP, but its role does not allow this call.",
    remedy: remedies.role,
    source: "ansible-collections/netapp.ontap#139, NetApp/harvest#3390, NetApp/ontap-rest-python#23",
  },
  "7": { ...throttled, reason: "ResourceLimitReached", sentence: "A limit of ONTAP's resources is reached." },
  "8": {
    ...soon,
    reason: "ResourceBusy",
    sentence: "Something that the call needs is in use.",
    remedy: remedies.wait,
  },
  "65541": { ...unansweredInside, sentence: "A call between ONTAP's own services timed out." },
  "65552": { ...unansweredInside, sentence: "A call between ONTAP's own services failed." },
  "65562": { ...unansweredInside, sentence: "A call between ONTAP's own services failed internally." },
  "262145": {
    ...slow,
    reason: "UnexpectedException",
    sentence: "ONTAP failed with an unexpected exception.",
    remedy: remedies.waitOrSupport,
  },
  "262160": { ...throttled, sentence: "Too many requests are under way in ONTAP." },
  "262177": { ...malformed, sentence: "A value is missing." },
  "262179": {
    ...bug,
    reason: "ArgumentUnknown",
    sentence: "ONTAP does not know an argument of the request.",
    remedy: remedies.release,
  },
  "262185": { ...refusedValue, sentence: "A value is invalid." },
  "262186": { ...malformed, sentence: "Two fields of the request do not go together." },
  "262188": { ...malformed, sentence: "A field was given twice." },
  "262190": { ...malformed, sentence: "The change holds no value." },
  "262194": { ...malformed, sentence: "An expression of the query lacks its value." },
  "262196": { ...malformed, sentence: "A field cannot be set by this operation." },
  "262197": { ...refusedValue, sentence: "A value is invalid for its field." },
  "262198": { ...malformed, sentence: "This kind of request does not take a body." },
  "262199": { ...malformed, sentence: "The body is not JSON at the place that ONTAP names." },
  "262200": { ...malformed, sentence: "The body is not JSON: a value is out of range." },
  "262201": { ...malformed, sentence: "The body is not JSON." },
  "262202": {
    ...bug,
    reason: "SecretInUrl",
    sentence: "A secret field was given in the URL.",
    remedy: "Report it to the operator's maintainers at once, and change the secret.",
  },
  "262203": { ...malformed, sentence: "A field is not possible in a change." },
  "262210": {
    ...soon,
    reason: "QueryTooSlow",
    sentence: "The query was too slow under the array's present load.",
    remedy: remedies.wait,
  },
  "262211": { ...malformed, sentence: "A creation had a filter." },
  "262212": { ...malformed, sentence: "A required value is missing." },
  "262220": { ...malformed, sentence: "All fields were asked of an endpoint that does not give them." },
  "262222": { ...malformed, sentence: "A value was listed twice." },
  "262245": { ...refusedValue, sentence: "A value is invalid for the reason that ONTAP gives." },
  "262247": { ...refusedValue, sentence: "A value is invalid for the field that ONTAP names." },
  "262248": { ...malformed, sentence: "A value of the query lacks its operator." },
  "262249": { ...malformed, sentence: "A field cannot be read." },
  "262250": { ...malformed, sentence: "A field cannot be queried." },
  "262254": { ...malformed, sentence: "A field needs a list." },
  "262255": { ...malformed, sentence: "A field does not take a list." },
  "262268": { ...malformed, sentence: "A field cannot be ordered by." },
  "262272": crossFieldQuery,
  "262273": crossFieldQuery,
  "262274": crossFieldQuery,
  "262275": crossFieldQuery,
  "262276": crossFieldQuery,
  "262277": { ...malformed, sentence: "A query over several fields is only possible when reading." },
  "262282": { ...malformed, sentence: "A property was given twice." },
  "262286": { ...malformed, sentence: "The braces of the query do not match." },
  "262287": severalRecords,
  "262288": severalRecords,
  "262289": severalRecords,
  "262290": severalRecords,
  "262291": severalRecords,
  "262292": severalRecords,
  "262293": severalRecords,
  "262294": severalRecords,
  "263149": { ...malformed, sentence: "The limit of resource tags is reached." },
  "6691623": {
    ...common,
    class: "permission",
    pace: "slow",
    reason: "LoginRefused",
    sentence:
      "ONTAP refuses the login: a wrong password, a locked or unknown account, or one without application http.",
    remedy: remedies.login,
    source: "measured on ONTAP 9.18.1 as HTTP 401; the reference's common table prints 400",
  },
  "8586226": {
    ...converge,
    reason: "UuidMissing",
    sentence: "ONTAP knows no object with this UUID.",
    remedy: "Check that the SVM exists; the operator looks its name up again.",
  },
  "39387137": { ...malformed, sentence: "The URL is invalid." },
} as const satisfies Readonly<Record<string, Row>>;
