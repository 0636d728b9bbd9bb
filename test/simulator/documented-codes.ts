/**
 * The codes that the credentials pages document, by method.
 * Source: NetAppDocs/ontap-restapi, {post,patch,delete}-protocols-san-iscsi-credentials*.adoc.
 */
export const credentialCodes: Readonly<Record<string, readonly string[]>> = {
  POST: codesIn(`2621462 2621706 2621707 5373969 5373970 5373971 5373972 5373977 5373978 5373997 5374078 5374142
    5374145 5374147 5374149 5374150 5374855 5374856 5374900`),
  PATCH: codesIn("2621462 2621706 2621707 5374145 5374147 5374149 5374150 5374155 5374855 5374856 5374895 5374900"),
  DELETE: codesIn("2621462 2621706 2621707 5374148 5374895"),
};

function codesIn(text: string): readonly string[] {
  return text.split(/\s+/);
}

/**
 * The codes that any endpoint may answer, and what keeps some of them from being provoked by a request.
 * Source: NetAppDocs/ontap-restapi, getting_started_with_the_ontap_rest_api.adoc, "Response body" and the tables of
 * record-based and cross-field errors.
 */
export const commonCodes: Readonly<Record<string, "provoked" | { readonly notProvoked: string }>> = {
  "1": { notProvoked: "credentials have 5374142 for what exists already" },
  "2": { notProvoked: "every wrong field has a more precise code" },
  "3": "provoked",
  "4": "provoked",
  "6": "provoked",
  "7": { notProvoked: "a state of the cluster; by fault" },
  "8": { notProvoked: "a state of the cluster; by fault" },
  "65541": { notProvoked: "a state of the cluster; by fault" },
  "65552": { notProvoked: "a state of the cluster; by fault" },
  "65562": { notProvoked: "a state of the cluster; by fault" },
  "262145": { notProvoked: "a bug in ONTAP; by fault" },
  "262160": { notProvoked: "load; by fault" },
  "262177": "provoked",
  "262179": "provoked",
  "262185": "provoked",
  "262186": "provoked",
  "262188": "provoked",
  "262190": "provoked",
  "262194": "provoked",
  "262196": "provoked",
  "262197": "provoked",
  "262198": "provoked",
  "262199": "provoked",
  "262200": "provoked",
  "262201": "provoked",
  "262202": "provoked",
  "262203": "provoked",
  "262210": { notProvoked: "load; by fault" },
  "262211": "provoked",
  "262212": "provoked",
  "262220": { notProvoked: "command-line endpoints only" },
  "262222": "provoked",
  "262245": "provoked",
  "262247": "provoked",
  "262248": "provoked",
  "262249": "provoked",
  "262250": "provoked",
  "262254": "provoked",
  "262255": "provoked",
  "262268": "provoked",
  "262272": "provoked",
  "262273": "provoked",
  "262274": "provoked",
  "262275": "provoked",
  "262276": "provoked",
  "262277": "provoked",
  "262282": "provoked",
  "262286": "provoked",
  "262287": "provoked",
  "262288": { notProvoked: "a failing rollback, which the simulator has not" },
  "262289": { notProvoked: "progress of a job; jobs end at once" },
  "262290": { notProvoked: "progress of a job; jobs end at once" },
  "262291": { notProvoked: "a timeout of a job; jobs end at once" },
  "262292": { notProvoked: "the job's own state; 262287 stands in its results" },
  "262293": { notProvoked: "a running job; jobs end at once" },
  "262294": "provoked",
  "263149": { notProvoked: "resource tags" },
  "6691623": "provoked",
  "8586226": { notProvoked: "other endpoints" },
  "39387137": "provoked",
};
