import { namespacedNameOf, type ObjectKey } from "../api/key.ts";
import type { ArrayCredential } from "../array/credential.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { CredentialId, InitiatorName, SvmUuid } from "../array/identifiers.ts";
import type { OntapArray } from "../array/port.ts";
import { backoffMs } from "../std/backoff.ts";
import type { Clock } from "../std/clock.ts";
import type { Random } from "../std/random.ts";
import { err, ok, type Result } from "../std/result.ts";
import type { Observed } from "./decide.ts";

type Answer<T> = Promise<Result<T, ArrayFailure>>;

/** Where a credential is read: one array behind one login. */
export interface ReadSource {
  readonly connection: ObjectKey;
  readonly array: OntapArray;
}

/** What a caller asks of a read. */
export interface ReadNeed {
  /** A read that was requested before this, on the monotonic clock, does not count. */
  readonly sinceMs: number;
  /** How many objects of this SVM want a read now, Infinity for a resync: one collection GET may be cheaper than a GET for each. */
  readonly crowd: number;
}

export interface Read {
  readonly observed: Exclude<Observed, { state: "unread" }>;
  /** When its first page was requested, on the monotonic clock. */
  readonly requestedMs: number;
}

/**
 * What ONTAP showed of the credentials of each SVM, and when it was asked. A read counts for a caller only if it was
 * requested after the caller's occasion began; those who wait share it: of one SVM at most one collection GET is under way and
 * one more is waited for.
 *
 * A write makes older reads of that credential old through every connection of the same trust domain (namespace of the
 * connection), since several connections may lead to one array.
 */
export interface ArrayCache {
  read(source: ReadSource, id: CredentialId, need: ReadNeed, signal: AbortSignal): Answer<Read>;
  /** What the last read that is not known to be old showed: free of charge, and no proof of anything. */
  remembered(connection: ObjectKey, id: CredentialId): "absent" | "held" | "unknown";
  /** A write of this credential has ended, whatever came of it. */
  wrote(connection: ObjectKey, id: CredentialId): void;
  /**
   * The SVM's first resync after `afterMs`: one in each interval, spread over it by SVM, and the same for all its
   * credentials, whenever each was last read, so that one collection GET serves them all.
   */
  nextResyncMs(connection: ObjectKey, svm: SvmUuid, intervalMs: number, afterMs: number): number;
  /** When an SVM whose collection could not be read is read again, the same for all its credentials. */
  nextAttemptMs(connection: ObjectKey, svm: SvmUuid): number;
  /** Forgets what other SVMs of a connection showed: its login does not see them any more. */
  keepOnly(connection: ObjectKey, svms: readonly SvmUuid[]): void;
  forget(connection: ObjectKey): void;
}

/** One complete read of an SVM, and newer reads of single credentials. */
interface Picture {
  readonly requestedMs: number;
  readonly requestedAt: number;
  readonly held: ReadonlyMap<InitiatorName, ArrayCredential>;
  readonly pages: number;
  readonly single: Map<InitiatorName, Entry>;
}

interface Entry {
  readonly requestedMs: number;
  /** Place in the order of all requests and writes of this process: times may be equal. */
  readonly requestedAt: number;
  readonly credential: ArrayCredential | undefined;
}

interface Collection {
  readonly requestedMs: number;
  readonly done: Answer<undefined>;
}

/** One SVM through one connection. */
interface SvmReads {
  picture: Picture | undefined;
  running: Collection | undefined;
  /** Begins when `running` ends. */
  queued: Answer<undefined> | undefined;
  /** Reads that are waited for. */
  waiting: number;
  failures: number;
  nextAttemptMs: number;
  readonly phase: number;
  readonly startedMs: number;
}

/** Beside resyncs an SVM is read as a whole this often at most; those who cannot wait for that are read one by one. */
const collectionEveryMs = 10_000;
const failureBackoff = { firstMs: 5000, longestMs: 10 * 60_000 };

export function createArrayCache(clock: Clock, random: Random): ArrayCache {
  const byConnection = new Map<ObjectKey, Map<SvmUuid, SvmReads>>();
  /** When each credential was last written, in the order of requests and writes; by trust domain and SVM. */
  const writes = new Map<string, Map<InitiatorName, number>>();
  let order = 0;

  function readsOf(connection: ObjectKey, svm: SvmUuid): SvmReads {
    const svms = byConnection.get(connection) ?? new Map<SvmUuid, SvmReads>();
    byConnection.set(connection, svms);
    const known = svms.get(svm);
    if (known !== undefined) return known;
    const reads: SvmReads = {
      picture: undefined,
      running: undefined,
      queued: undefined,
      waiting: 0,
      failures: 0,
      nextAttemptMs: 0,
      phase: random(),
      startedMs: clock.monotonic(),
    };
    svms.set(svm, reads);
    return reads;
  }

  /** The newest read of a credential; undefined if there is none, or if it was written since. */
  function entryOf(connection: ObjectKey, { svm, initiator }: CredentialId): Entry | undefined {
    const picture = byConnection.get(connection)?.get(svm)?.picture;
    if (picture === undefined) return undefined;
    const { requestedMs, requestedAt, held } = picture;
    const entry = picture.single.get(initiator) ?? { requestedMs, requestedAt, credential: held.get(initiator) };
    const writtenAt = writes.get(domainOf(connection, svm))?.get(initiator) ?? 0;
    return entry.requestedAt > writtenAt ? entry : undefined;
  }

  function qualifying(connection: ObjectKey, id: CredentialId, sinceMs: number): Read | undefined {
    const entry = entryOf(connection, id);
    return entry === undefined || entry.requestedMs < sinceMs ? undefined : readOf(entry);
  }

  async function collect(
    { connection, array }: ReadSource,
    svm: SvmUuid,
    reads: SvmReads,
    signal: AbortSignal,
  ): Answer<undefined> {
    const [requestedMs, requestedAt] = [clock.monotonic(), ++order];
    const read = await array.credentials(svm, signal);
    if (!read.ok) return failedRead(reads, read.error);
    reads.failures = 0;
    reads.picture = {
      requestedMs,
      requestedAt,
      held: read.value.credentials,
      pages: read.value.pages,
      single: new Map(),
    };
    forgetWrites(connection, svm);
    return ok(undefined);
  }

  /** Counts it once, however many wait for the next attempt. */
  function failedRead(reads: SvmReads, failure: ArrayFailure): Result<never, ArrayFailure> {
    const nowMs = clock.monotonic();
    if (reads.nextAttemptMs <= nowMs) {
      reads.failures += 1;
      const waitMs = backoffMs(reads.failures, failureBackoff, random);
      reads.nextAttemptMs = nowMs + Math.max(waitMs, failure.retryAfterMs ?? 0);
    }
    return err(failure);
  }

  /** Writes that no picture of this SVM in the trust domain is older than need not be remembered. */
  function forgetWrites(connection: ObjectKey, svm: SvmUuid): void {
    const domain = domainOf(connection, svm);
    const written = writes.get(domain);
    if (written === undefined) return;
    let oldest = Infinity;
    for (const [other, svms] of byConnection) {
      const picture = domainOf(other, svm) === domain ? svms.get(svm)?.picture : undefined;
      if (picture !== undefined) oldest = Math.min(oldest, picture.requestedAt);
    }
    for (const [initiator, writtenAt] of written) if (writtenAt < oldest) written.delete(initiator);
    if (written.size === 0) writes.delete(domain);
  }

  /** The collection GET that serves a caller whose occasion began at `sinceMs`: the one under way, or the next. */
  function collection(source: ReadSource, svm: SvmUuid, sinceMs: number, signal: AbortSignal): Answer<undefined> {
    const reads = readsOf(source.connection, svm);
    const begin = (): Answer<undefined> => {
      const requestedMs = clock.monotonic();
      const done = collect(source, svm, reads, signal).finally(() => (reads.running = undefined));
      reads.running = { requestedMs, done };
      return done;
    };
    if (reads.running === undefined) return begin();
    if (reads.running.requestedMs >= sinceMs) return reads.running.done;
    reads.queued ??= reads.running.done
      .catch(() => undefined)
      .then(() => {
        reads.queued = undefined;
        return begin();
      });
    return reads.queued;
  }

  async function readAlone({ connection, array }: ReadSource, id: CredentialId, signal: AbortSignal): Answer<Read> {
    const [requestedMs, requestedAt] = [clock.monotonic(), ++order];
    const reads = readsOf(connection, id.svm);
    const read = await array.credential(id, signal);
    if (!read.ok) return failedRead(reads, read.error);
    const entry = { requestedMs, requestedAt, credential: read.value };
    const { picture } = reads;
    const known = picture?.single.get(id.initiator);
    if (known === undefined || known.requestedAt < requestedAt) picture?.single.set(id.initiator, entry);
    return ok(readOf(entry));
  }

  /** Whether a collection GET serves the caller: one comes anyway, nothing is known yet, or it is worth its pages. */
  function takesCollection({ picture, waiting, running, queued }: SvmReads, { crowd, sinceMs }: ReadNeed): boolean {
    const comes = queued !== undefined || (running !== undefined && running.requestedMs >= sinceMs);
    if (comes || picture === undefined || crowd === Infinity) return true;
    const rested = clock.monotonic() - picture.requestedMs >= collectionEveryMs;
    return rested && Math.max(crowd, waiting) > picture.pages;
  }

  async function fetch(source: ReadSource, id: CredentialId, need: ReadNeed, signal: AbortSignal): Answer<Read> {
    const { connection } = source;
    if (takesCollection(readsOf(connection, id.svm), need)) {
      const collected = await collection(source, id.svm, need.sinceMs, signal);
      if (!collected.ok) return err(collected.error);
      const read = qualifying(connection, id, need.sinceMs);
      if (read !== undefined) return ok(read);
    }
    // Also for what was written while the collection was under way: it may or may not be in it.
    return readAlone(source, id, signal);
  }

  return {
    async read(source, id, need, signal) {
      const known = qualifying(source.connection, id, need.sinceMs);
      if (known !== undefined) return ok(known);
      const reads = readsOf(source.connection, id.svm);
      reads.waiting += 1;
      try {
        return await fetch(source, id, need, signal);
      } finally {
        reads.waiting -= 1;
      }
    },

    remembered(connection, id) {
      const entry = entryOf(connection, id);
      if (entry === undefined) return "unknown";
      return entry.credential === undefined ? "absent" : "held";
    },

    wrote(connection, { svm, initiator }) {
      const domain = domainOf(connection, svm);
      const written = writes.get(domain) ?? new Map<InitiatorName, number>();
      writes.set(domain, written.set(initiator, ++order));
    },

    nextResyncMs(connection, svm, intervalMs, afterMs) {
      const { startedMs, phase } = readsOf(connection, svm);
      const firstMs = startedMs + phase * intervalMs;
      const passed = Math.max(0, Math.floor((afterMs - firstMs) / intervalMs));
      let resyncMs = firstMs + passed * intervalMs;
      // Not once: rounding must not give the resync that has just been.
      while (resyncMs <= afterMs) resyncMs += intervalMs;
      return resyncMs;
    },

    nextAttemptMs: (connection, svm) => readsOf(connection, svm).nextAttemptMs,

    keepOnly(connection, svms) {
      const known = byConnection.get(connection);
      for (const svm of known?.keys() ?? []) if (!svms.includes(svm)) known?.delete(svm);
    },

    forget: (connection) => void byConnection.delete(connection),
  };
}

/** Connections of one namespace may lead to one array; those of another say only what their owner says. */
const domainOf = (connection: ObjectKey, svm: SvmUuid): string => `${namespacedNameOf(connection).namespace}/${svm}`;

const readOf = ({ credential, requestedMs }: Entry): Read => ({
  observed: credential === undefined ? { state: "absent" } : { state: "held", credential },
  requestedMs,
});
