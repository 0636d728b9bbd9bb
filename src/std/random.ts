/** Uniform in [0, 1). Chance is a parameter, so that a run can be repeated from a seed. */
export type Random = () => number;
