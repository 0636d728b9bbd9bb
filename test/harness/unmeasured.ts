import type { CallMeter } from "../../src/array/meter.ts";

/** For arrays whose calls no one counts. */
export const unmeasured: CallMeter = { called: () => undefined };
