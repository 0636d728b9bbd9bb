/** The verbs with which an array is changed: every request that is not a GET. */
export const writeVerbs = ["POST", "PATCH", "DELETE"] as const;
export type Verb = "GET" | (typeof writeVerbs)[number];
