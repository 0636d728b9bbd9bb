/**
 * ONTAP's error codes with the HTTP status and a message in the documentation's sense.
 *
 * Common codes: NetAppDocs/ontap-restapi, getting_started_with_the_ontap_rest_api.adoc, section "Response body"; the
 * status is documented there (6691623 is documented as 400 and was observed as 401, with exactly this text).
 * Codes of this resource: {post,patch,delete}-protocols-san-iscsi-credentials*.adoc; those pages give no status, so 400,
 * 404 and 409 follow the reference's general rules and can be changed: see `Dialect.statuses`.
 * Environment codes: other endpoints' pages and issue threads; no status is documented, so 400 as for invalid requests.
 */
export const errorCodes = {
  "1": { status: 409, message: "An entry with the same identifiers already exists." },
  "2": { status: 400, message: "A field has an invalid value, is missing, or an extra field was provided." },
  "3": { status: 405, message: "The operation is not supported." },
  "4": { status: 404, message: "entry doesn't exist" },
  "6": { status: 403, message: "not authorized for that command" },
  "7": { status: 503, message: "Resource limit exceeded." },
  "8": { status: 503, message: "Resource in use." },
  "65541": { status: 500, message: "RPC timed out." },
  "65552": { status: 500, message: "Generic RPC failure." },
  "65562": { status: 500, message: "Internal RPC error." },
  "262145": { status: 500, message: "Application code returned an unexpected exception." },
  "262160": { status: 429, message: "There are too many requests already being processed. Retry after a short delay." },
  "262177": { status: 400, message: "Missing value." },
  "262179": { status: 400, message: "Unexpected argument." },
  "262185": { status: 400, message: "Invalid value." },
  "262186": { status: 400, message: "A field is used in an invalid context with another field." },
  "262188": { status: 400, message: "A field was specified twice." },
  "262190": { status: 400, message: "You must provide one or more values to apply your changes." },
  "262194": { status: 400, message: "The expression is missing a value." },
  "262196": { status: 400, message: "Field cannot be set in this operation." },
  "262197": { status: 400, message: "Invalid value provided for field." },
  "262198": { status: 400, message: "A request body is not allowed on GET, HEAD, and DELETE." },
  "262199": { status: 400, message: "Invalid JSON." },
  "262200": { status: 400, message: "Invalid JSON range." },
  "262201": { status: 400, message: "Invalid JSON due to unknown formatting issue." },
  "262202": { status: 400, message: "Field is considered secret and should not be provided in the URL." },
  "262203": { status: 400, message: "Field is not supported in the body of a PATCH request." },
  "262210": { status: 500, message: "Unable to retrieve all required records within the timeout." },
  "262211": { status: 400, message: "POST does not support filtering on an attribute." },
  "262212": { status: 400, message: "Request is missing required value." },
  "262222": { status: 400, message: "Specified value is listed more than once for this field." },
  "262245": { status: 400, message: "Invalid value." },
  "262247": { status: 400, message: "Invalid value for a field." },
  "262248": { status: 400, message: "A value is missing assignment operator." },
  "262249": { status: 400, message: "Field is not supported for GET requests because it is not a readable attribute." },
  "262250": {
    status: 400,
    message: "Field cannot be queried in a GET request because it is not a readable attribute.",
  },
  "262254": { status: 400, message: "Invalid JSON input, an array was expected." },
  "262255": { status: 400, message: "An array was found in the JSON when it was not expected." },
  "262268": { status: 400, message: "The field is not supported as an order_by= field." },
  "262272": { status: 400, message: "The specified query contains an unmatched quote." },
  "262273": { status: 400, message: "Both query_fields and query must be specified if either one is specified." },
  "262274": { status: 400, message: "The specified query is either empty or is equivalent to an empty query." },
  "262275": { status: 400, message: "At least one field must be specified for the cross-field query." },
  "262276": { status: 400, message: "A field was specified twice for the query_fields parameter." },
  "262277": { status: 400, message: "query_fields and query may only be specified for GET requests." },
  "262282": { status: 400, message: "Property was specified twice." },
  "262286": { status: 400, message: "Mismatching braces found in the fields= query." },
  "262287": { status: 400, message: "A single record in a bulk records request failed for the given reason." },
  "262294": { status: 400, message: "Job is not associated with this API." },
  "6691623": { status: 401, message: "User is not authorized." },
  "39387137": { status: 400, message: "A provided URL is invalid." },

  "2621462": { status: 404, message: "An SVM with the specified UUID does not exist." },
  "2621706": { status: 400, message: "The specified svm.uuid and svm.name do not refer to the same SVM." },
  "2621707": { status: 400, message: "No SVM was specified. Either svm.name or svm.uuid must be supplied." },
  "5373969": { status: 400, message: "A non-empty qualifier is required after the prefix." },
  "5373970": { status: 400, message: "The IQN prefix is invalid. The correct IQN prefix is iqn." },
  "5373971": { status: 400, message: "The date field is invalid. A valid date field is yyyy-mm." },
  "5373972": {
    status: 400,
    message: "The naming authority and string fields can contain only the characters a-z, 0-9, ., :, and -.",
  },
  "5373977": { status: 400, message: "The EUI-64 identifier field must be exactly 16 hexadecimal digits." },
  "5373978": {
    status: 400,
    message: "The EUI formatted initiator name is invalid. A valid format is eui.XXXXXXXXXXXXXXXX.",
  },
  "5373992": { status: 400, message: "The initiator name is too long." },
  "5373997": {
    status: 400,
    message:
      "The initiator name is invalid. Valid formats are iqn.1995-08.com.example:string and eui.0123456789abcdef.",
  },
  "5374078": { status: 400, message: "The iSCSI service does not exist." },
  "5374142": { status: 409, message: "An iSCSI security credential already exists for the specified initiator." },
  "5374145": { status: 400, message: "The iSCSI security password must contain an even number of valid hex digits." },
  "5374147": { status: 400, message: "The CHAP inbound and outbound passwords must be different." },
  "5374148": { status: 400, message: "The default security credential cannot be deleted for an SVM." },
  "5374149": { status: 400, message: "The inbound user and password properties are required for CHAP authentication." },
  "5374150": { status: 400, message: "Outbound CHAP authentication requires an outbound password." },
  "5374155": { status: 400, message: "The functionality is not supported for the default security credential." },
  "5374855": {
    status: 400,
    message: "The value for initiator_address.ranges.start is greater than the value for initiator_address.ranges.end.",
  },
  "5374856": {
    status: 400,
    message:
      "initiator_address.ranges.start does not belong to the same IP address family as initiator_address.ranges.end.",
  },
  "5374895": { status: 404, message: "The iSCSI security credential does not exist on the specified SVM." },
  "5374900": {
    status: 400,
    message: "Setting the CHAP authentication properties is not supported with authentication types none or deny.",
  },

  "13": { status: 500, message: "Unable to save data." },
  "262155": { status: 400, message: "This operation requires a higher effective cluster version." },
  "262325": { status: 400, message: "The operation requires approval by other administrators; a request was created." },
  "393271": { status: 503, message: 'A node required by ring "Management" is offline.' },
  "458753": { status: 503, message: "A required service is not yet available." },
  "524424": { status: 500, message: "Unable to save data during storage failover." },
  "1115127": { status: 400, message: "The cluster lacks a valid iSCSI license." },
  "2621507": { status: 400, message: "The iSCSI protocol is not an allowed protocol of the SVM." },
  "2621556": { status: 503, message: "The volume location database is offline." },
  "2621573": {
    status: 400,
    message: "The SVM is temporarily locked while its configuration baseline is recorded. Try again in a few minutes.",
  },
  "2621574": {
    status: 400,
    message:
      "The operation is not permitted on an SVM that is the destination of a MetroCluster or disaster recovery relationship.",
  },
  "5373966": { status: 400, message: "The SVM is configured for NVMe." },
  "5374893": { status: 400, message: "The SVM is stopped. The SVM must be running." },
  "9241607": { status: 400, message: "The cluster has not been created yet." },
  "13172837": { status: 400, message: "The SVM is locked for a migrate operation." },
  "13434894": { status: 503, message: "The maximum number of SVM operations was reached." },
  "13434915": { status: 400, message: "An SVM create job is running. Wait a few minutes and try again." },
  "13434916": { status: 400, message: "An SVM delete job is running. Wait a few minutes and try again." },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;

export type ErrorCode = keyof typeof errorCodes;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}
