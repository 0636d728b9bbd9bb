/** The way to the API server cannot be used as it is configured. The message is for people: one line, without secrets. */
export class AccessError extends Error {}
