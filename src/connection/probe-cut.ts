import type { ObjectKey } from "../api/key.ts";
import type { OntapConnection } from "../api/parse.ts";
import type { Clock } from "../std/clock.ts";
import { startDeadline } from "../std/deadline.ts";

/** How a probe that was cut short ended: its time was up, or the connection is not the one any more that it asked for. */
export type CutBy = "deadline" | "change";

/** One probe under way. Disposing of it stops the clock. */
export interface CuttableProbe extends Disposable {
  /** Aborts when the probe is to end, or when the pass is. */
  readonly signal: AbortSignal;
  /** Undefined while nothing has cut it. */
  cutBy(): CutBy | undefined;
}

/** Ends probes that serve nothing any more: without it a socket that never answers would hold them for minutes. */
export interface ProbeCuts {
  begin(connection: OntapConnection, deadlineMs: number, pass: AbortSignal): CuttableProbe;
  /** A connection is another one now, or, undefined, gone. */
  changed(key: ObjectKey, now: OntapConnection | undefined): void;
}

interface UnderWay {
  readonly uid: string;
  readonly generation: number;
  readonly cut: AbortController;
}

export function createProbeCuts(clock: Clock): ProbeCuts {
  const underWay = new Map<ObjectKey, UnderWay>();
  return {
    begin({ key, meta: { uid, generation } }, deadlineMs, pass) {
      const cut = new AbortController();
      underWay.set(key, { uid, generation, cut });
      const deadline = startDeadline(clock, deadlineMs, AbortSignal.any([pass, cut.signal]));
      return {
        signal: deadline.signal,
        cutBy: () => (cut.signal.aborted ? "change" : deadline.passed() ? "deadline" : undefined),
        [Symbol.dispose]() {
          underWay.delete(key);
          deadline[Symbol.dispose]();
        },
      };
    },
    changed(key, now) {
      const probe = underWay.get(key);
      if (probe === undefined) return;
      if (now?.meta.uid !== probe.uid || now.meta.generation !== probe.generation) probe.cut.abort();
    },
  };
}
