import type { CallMeter } from "../../src/array/meter.ts";

/** For arrays whose calls nobody counts. */
export const unmeasured: CallMeter = { called: () => undefined };
