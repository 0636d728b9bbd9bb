import type { ObjectKey } from "../api/key.ts";
import type { ArrayCredential } from "../array/credential.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { CredentialId, InitiatorName, SvmUuid } from "../array/identifiers.ts";
import type { OntapArray } from "../array/port.ts";
import type { Clock } from "../std/clock.ts";
import type { Random } from "../std/random.ts";
import { ok, type Result } from "../std/result.ts";
import type { Remote } from "./decide.ts";

/** What was seen, and when, on the monotonic clock. */
export interface Sight {
  readonly remote: Remote;
  readonly atMs: number;
}

type Answer<T> = Promise<Result<T, ArrayFailure>>;

/**
 * What ONTAP shows, one collection GET per SVM for all its credentials. A write makes its own entry unknown, which
 * then costs a GET of its own until the next collection.
 */
export interface Views {
  /** A sight that is no older than `sinceMs`; callers that come while it is fetched share it. */
  look(connection: ObjectKey, array: OntapArray, id: CredentialId, sinceMs: number, signal: AbortSignal): Answer<Sight>;
  /** A sight of one credential alone, taken now. */
  lookNow(connection: ObjectKey, array: OntapArray, id: CredentialId, signal: AbortSignal): Answer<Sight>;
  /** Something was written, or turned out to differ. */
  invalidate(connection: ObjectKey, id: CredentialId): void;
  /**
   * The SVM's first turn after `afterMs`: one in each interval, spread over it by SVM, and the same for all its credentials,
   * whenever each was last seen, so that one collection GET serves them all.
   */
  nextTurnMs(connection: ObjectKey, svm: SvmUuid, intervalMs: number, afterMs: number): number;
  /** Forgets what was seen on other SVMs of a connection: they are gone. */
  keepOnly(connection: ObjectKey, svms: readonly SvmUuid[]): void;
  forget(connection: ObjectKey): void;
}

interface View {
  atMs: number;
  held: Map<InitiatorName, ArrayCredential>;
  unknown: Set<InitiatorName>;
  fetching: Answer<undefined> | undefined;
  readonly phase: number;
  readonly startedMs: number;
}

export function createViews(clock: Clock, random: Random): Views {
  const views = new Map<ObjectKey, Map<SvmUuid, View>>();

  function viewOf(connection: ObjectKey, svm: SvmUuid): View {
    const ofConnection = views.get(connection) ?? new Map<SvmUuid, View>();
    views.set(connection, ofConnection);
    const known = ofConnection.get(svm);
    if (known !== undefined) return known;
    const view: View = {
      atMs: Number.NEGATIVE_INFINITY,
      held: new Map(),
      unknown: new Set(),
      fetching: undefined,
      phase: random(),
      startedMs: clock.monotonic(),
    };
    ofConnection.set(svm, view);
    return view;
  }

  async function refresh(view: View, array: OntapArray, svm: SvmUuid, signal: AbortSignal): Answer<undefined> {
    const atMs = clock.monotonic();
    view.unknown.clear();
    const read = await array.credentials(svm, signal);
    if (!read.ok) return read;
    view.held = new Map(read.value.credentials);
    view.atMs = atMs;
    return ok(undefined);
  }

  return {
    async look(connection, array, id, sinceMs, signal) {
      const view = viewOf(connection, id.svm);
      if (view.atMs < sinceMs) {
        view.fetching ??= refresh(view, array, id.svm, signal).finally(() => (view.fetching = undefined));
        const fetched = await view.fetching;
        if (!fetched.ok) return fetched;
      }
      // What was written while the collection was under way may or may not be in it.
      if (view.unknown.has(id.initiator)) return this.lookNow(connection, array, id, signal);
      return ok({ remote: remoteOf(view.held.get(id.initiator)), atMs: view.atMs });
    },

    async lookNow(connection, array, id, signal) {
      const view = viewOf(connection, id.svm);
      const atMs = clock.monotonic();
      const read = await array.credential(id, signal);
      if (!read.ok) return read;
      if (read.value === undefined) view.held.delete(id.initiator);
      else view.held.set(id.initiator, read.value);
      view.unknown.delete(id.initiator);
      return ok({ remote: remoteOf(read.value), atMs });
    },

    invalidate(connection, id) {
      viewOf(connection, id.svm).unknown.add(id.initiator);
    },

    nextTurnMs(connection, svm, intervalMs, afterMs) {
      const { startedMs, phase } = viewOf(connection, svm);
      const firstMs = startedMs + phase * intervalMs;
      const turns = Math.max(0, Math.floor((afterMs - firstMs) / intervalMs) + 1);
      return firstMs + turns * intervalMs;
    },

    keepOnly(connection, svms) {
      const ofConnection = views.get(connection);
      for (const svm of ofConnection?.keys() ?? []) if (!svms.includes(svm)) ofConnection?.delete(svm);
    },

    forget: (connection) => void views.delete(connection),
  };
}

const remoteOf = (credential: ArrayCredential | undefined): Remote =>
  credential === undefined ? { state: "absent" } : { state: "held", credential };
