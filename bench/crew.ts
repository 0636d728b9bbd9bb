import { setTimeout as sleep } from "node:timers/promises";
import { startReplica, type OperatorProcess } from "../tools/harness/process.ts";
import { scrape, type Scrape } from "../tools/harness/scrape.ts";
import { countLeaks } from "./leaks.ts";

/**
 * The operator's processes of a soak, and who starts a new one where one ended, as a Deployment would. Two shards: the
 * process of `steady` is never struck, so that its memory can be followed from beginning to end; of the two replicas of
 * `shaken` the leader is.
 */
export interface Crew {
  /** The one that is never struck; another one only if it ended by itself. */
  steady(): OperatorProcess;
  /** Ends the leader of `shaken`; gives the name of its pod, or undefined if there is none just now. */
  strikeLeader(signal: "SIGKILL" | "SIGTERM"): Promise<string | undefined>;
  /** Takes the figures of every process; those of one that ended are kept as they were last seen. */
  look(): Promise<void>;
  figures(): CrewFigures;
  /** Processes that ended without having been struck. */
  endings(): readonly string[];
  pids(): readonly number[];
  stop(): Promise<void>;
}

/** Sums over all processes that there have been. */
export interface CrewFigures {
  readonly processes: number;
  readonly passes: Readonly<Record<string, number>>;
  readonly defects: number;
  readonly watchRestarts: Readonly<Record<string, number>>;
  readonly eventsDropped: Readonly<Record<string, number>>;
  readonly skipped: number;
  readonly driftCorrected: number;
  readonly logLines: Readonly<Record<string, number>>;
  /** How often each warning and error was logged. */
  readonly troubleLogged: Readonly<Record<string, number>>;
  /** Lines of standard output and standard error with one of the secrets in it. */
  readonly linesWithSecrets: number;
}

export interface CrewOptions {
  readonly kubeconfig: string;
  /** To look for in the output. */
  readonly secrets: readonly string[];
}

type Shard = "steady" | "shaken";

interface Member {
  readonly pod: string;
  readonly shard: Shard;
  readonly process: OperatorProcess;
  struck: boolean;
  seen: Scrape | undefined;
}

const flags: Readonly<Record<Shard, readonly string[]>> = {
  // The defaults give up the Lease after 10 s without an API server; it takes longer to start on a busy machine.
  steady: [
    "--shard=steady",
    "--connection-selector=site=steady",
    "--lease-duration=75s",
    "--renew-deadline=60s",
    "--retry-period=5s",
  ],
  shaken: ["--shard=shaken", "--connection-selector=site!=steady"],
};

export async function startCrew({ kubeconfig, secrets }: CrewOptions): Promise<Crew> {
  const members: Member[] = [];
  const endings: string[] = [];
  const starting = new Set<Promise<unknown>>();
  const stopping = new AbortController();
  let pods = 0;

  async function start(shard: Shard): Promise<Member> {
    const pod = `${shard}-${pods}`;
    pods += 1;
    const member: Member = {
      pod,
      shard,
      process: await startReplica(kubeconfig, pod, flags[shard]),
      struck: false,
      seen: undefined,
    };
    members.push(member);
    void member.process.exit().then((code) => onExit(member, code));
    return member;
  }

  function onExit({ pod, shard, struck }: Member, code: number | null): void {
    if (stopping.signal.aborted) return;
    if (!struck) endings.push(`${pod} ended with ${code}`);
    const replacing = startAgain(shard);
    starting.add(replacing);
    void replacing.finally(() => starting.delete(replacing));
  }

  /** A process that cannot start is started again, as the kubelet does. */
  async function startAgain(shard: Shard): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await start(shard);
        return;
      } catch (error) {
        endings.push(`a process of ${shard} did not start: ${error instanceof Error ? error.message : String(error)}`);
        await sleep(1000);
      }
    }
  }

  const runs = ({ process }: Member): boolean => process.running();
  const living = (shard: Shard): readonly Member[] => members.filter((one) => one.shard === shard && runs(one));
  const look = async (member: Member): Promise<void> => {
    member.seen = await scrape(member.process.url).catch(() => member.seen);
  };

  await start("steady");
  await Promise.all([start("shaken"), start("shaken")]);

  return {
    steady() {
      const [member] = living("steady");
      if (member === undefined) throw new Error("the steady process is not there");
      return member.process;
    },
    async strikeLeader(signal) {
      const candidates = living("shaken");
      await Promise.all(candidates.map(look));
      const leader = candidates.find(({ seen }) => seen?.sum("ontap_iscsi_leader") === 1);
      if (leader === undefined || !runs(leader)) return undefined;
      leader.struck = true;
      await leader.process.end(signal);
      return leader.pod;
    },
    async look() {
      await Promise.all(members.filter(runs).map(look));
    },
    figures() {
      const scrapes = members.flatMap(({ seen }) => seen ?? []);
      const total = (name: string): number => scrapes.reduce((sum, page) => sum + page.sum(name), 0);
      const lines = members.flatMap(({ process }) => [...process.lines, ...process.errors]);
      const logged = members.flatMap(({ process }) => process.lines.map(levelAndMessage));
      return {
        processes: members.length,
        passes: totalBy(scrapes, "ontap_iscsi_pass_duration_seconds_count", "end"),
        defects: total("ontap_iscsi_defects_total"),
        watchRestarts: totalBy(scrapes, "ontap_iscsi_watch_restarts_total", "why"),
        eventsDropped: totalBy(scrapes, "ontap_iscsi_events_dropped_total", "why"),
        skipped: total("ontap_iscsi_watch_skipped_total"),
        driftCorrected: total("ontap_iscsi_drift_corrected_total"),
        logLines: tally(logged.map(({ level }) => level)),
        troubleLogged: tally(
          logged.filter(({ level }) => level !== "info").map(({ level, msg }) => `${level}: ${msg}`),
        ),
        linesWithSecrets: countLeaks(lines, secrets),
      };
    },
    endings: () => endings,
    pids: () => members.filter(runs).map(({ process }) => process.pid),
    async stop() {
      stopping.abort();
      await Promise.all(members.filter(runs).map(({ process }) => process.end("SIGTERM")));
      await Promise.allSettled(starting);
      await Promise.all(members.filter(runs).map(({ process }) => process.end("SIGKILL")));
    },
  };
}

function levelAndMessage(line: string): { readonly level: string; readonly msg: string } {
  try {
    return JSON.parse(line) as { readonly level: string; readonly msg: string };
  } catch {
    return { level: "unreadable", msg: "a line that is no JSON" };
  }
}

function tally(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** The sum of a metric over all pages, for each value of a label. */
function totalBy(pages: readonly Scrape[], name: string, label: string): Readonly<Record<string, number>> {
  const totals: Record<string, number> = {};
  for (const { page } of pages) {
    for (const line of page.split("\n")) {
      const value = line.startsWith(`${name}{`) ? new RegExp(`[{,]${label}="([^"]*)"`).exec(line)?.[1] : undefined;
      if (value !== undefined) totals[value] = (totals[value] ?? 0) + Number(line.slice(line.lastIndexOf(" ")));
    }
  }
  return totals;
}
