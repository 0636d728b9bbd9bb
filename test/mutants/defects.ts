/**
 * Defects that the tests must be able to see, planted one at a time (`make mutants`): those that were found in this operator
 * from outside, those that studies found in other operators (Sieve, Acto, Anvil), and those of its peers. Each is one
 * replacement of a text that occurs once, so that a defect which no longer fits the code says so.
 */
export interface Defect {
  /** What a person would see. */
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export const defects: readonly Defect[] = [
  // A status that lies.
  {
    name: "an object is adopted by what an old read showed",
    file: "src/credential/decide.ts",
    find: `return applied === undefined && (mode === "Plan" || isDefault || remembered !== "absent");`,
    replace: `return applied === undefined && mode === "Plan" && remembered === "unknown";`,
  },
  {
    name: "a read counts although it was requested before the occasion",
    file: "src/credential/array-cache.ts",
    find: "return entry === undefined || entry.requestedMs < sinceMs ? undefined : readOf(entry);",
    replace: "return entry === undefined ? undefined : readOf(entry);",
  },
  {
    name: "a write does not make older reads old",
    file: "src/credential/array-cache.ts",
    find: "return entry.requestedAt > writtenAt ? entry : undefined;",
    replace: "return entry.requestedAt > writtenAt || true ? entry : undefined;",
  },
  {
    name: "what was written is not told to the reads",
    file: "src/credential/array-cache.ts",
    find: "writes.set(domain, written.set(initiator, ++order));",
    replace: "writes.set(domain, written);",
  },
  {
    name: "a read is shared although it began too early",
    file: "src/credential/array-cache.ts",
    find: "if (reads.running.requestedMs >= sinceMs) return reads.running.done;",
    replace: "if (reads.running !== undefined) return reads.running.done;",
  },
  {
    name: "a read that a failed pass needed is not repeated",
    file: "src/credential/memory.ts",
    find: `mustRead: memory.mustRead || wantedRead || (doubtsArray[blames] && failure.kind !== "connection-unknown"),`,
    replace: "mustRead: false,",
  },
  {
    name: "a reassertion that failed is forgotten",
    file: "src/credential/memory.ts",
    find: "mustReassert: memory.mustReassert || wantedReassert || letsOthersWrite.has(failure.kind),",
    replace: "mustReassert: false,",
  },
  {
    name: "values that a failed write may have left are taken for the accepted ones",
    file: "src/credential/memory.ts",
    find: "digest: leavesValuesOpen(outcome) ? undefined : memory.digest,",
    replace: "digest: memory.digest,",
  },
  {
    name: "Applied stays True whatever a later pass came to",
    file: "src/credential/status.ts",
    find: `return { type, status: canTell ? "False" : "Unknown", reason, message };`,
    replace: `return { type, status: "True", reason: "Accepted", message: "ONTAP accepted what is declared" };`,
  },
  {
    name: "a status is written that says the generation before",
    file: "src/credential/status.ts",
    find: `  return defined({
    observedGeneration: generation,
    conditions,
    svm: svmAfter(before, outcome),`,
    replace: `  return defined({
    observedGeneration: generation - 1,
    conditions,
    svm: svmAfter(before, outcome),`,
  },
  {
    name: "another object's status under the same name counts as own",
    file: "src/credential/applied.ts",
    find: "return status?.applied?.uid === meta.uid ? status.applied : undefined;",
    replace: "return status?.applied;",
  },
  {
    name: "the memory of a deleted object serves the next one of its name",
    file: "src/credential/memory.ts",
    find: "return known?.uid === credential.meta.uid ? known : firstMemory(credential);",
    replace: "return known ?? firstMemory(credential);",
  },
  {
    name: "an edit of a Secret under the same uid is not seen",
    file: "src/credential/applied.ts",
    find: "return a?.name === b?.name && a?.uid === b?.uid && a?.resourceVersion === b?.resourceVersion;",
    replace: "return a?.name === b?.name && a?.uid === b?.uid;",
  },
  {
    name: "a Secret that was replaced under its name is not seen",
    file: "src/operator/triggers.ts",
    find: "credentials(lookups.credentialsOfSecret(change.key)),",
    replace: "credentials([]),",
  },
  {
    name: "a converging failure is silent for ever",
    file: "src/credential/outcome.ts",
    find: "if (convergences < patientAttempts) return outcome;",
    replace: "if (convergences >= 0) return outcome;",
  },
  {
    name: "what the API server does not answer is silent for ever",
    file: "src/credential/outcome.ts",
    find: `const goesOn = failure.kind === "kube" && failures >= patientAttempts;`,
    replace: "const goesOn = false;",
  },
  {
    name: "drift is corrected and never becomes a verdict",
    file: "src/credential/outcome.ts",
    find: "if (drift?.isVerdict === true) {",
    replace: "if (drift?.isVerdict === true && drift.found.length > 99) {",
  },
  {
    name: "a rejected write is sent again in each pass",
    file: "src/credential/act.ts",
    find: "if (memory.rejected !== undefined && isRejected(attempted, memory.rejected)) {",
    replace: "if (memory.rejected !== undefined && memory.rejected.write === '') {",
  },
  // Writes that nobody may, or that nobody declared.
  {
    name: "consent is not asked again right before the write",
    file: "src/credential/act.ts",
    find: `  const allowed = allow(operationOf(step, scene), scene, deps);
  if (!allowed.ok) return failed(step.do, allowed.error, svm);
  assertWritable`,
    replace: "  assertWritable",
  },
  {
    name: "any namespace may use any connection",
    file: "src/authority/permits.ts",
    find: "  if (own) return ok(ownTerms(wish, lifted));",
    replace: "  if (own || connection.spec.value.grants.length > 0) return ok(ownTerms(wish, lifted));",
  },
  {
    name: "a grant covers every SVM",
    file: "src/authority/permits.ts",
    find: `if (!coversSvm(grant, wish.svm)) return "svm";`,
    replace: "",
  },
  {
    name: "a grant covers every initiator",
    file: "src/authority/permits.ts",
    find: `return "initiator";`,
    replace: "return undefined;",
  },
  {
    name: "what the array held before is taken over whatever the owner says",
    file: "src/authority/permits.ts",
    find: `return foreign && grant.adoption === "Refuse" && !lifted ? "adoption" : undefined;`,
    replace: `return undefined;`,
  },
  {
    name: "adoption is not refused",
    file: "src/credential/decide.ts",
    find: `if (foreign && adoption.policy === "Refuse") {`,
    replace: `if (foreign && adoption.policy === "Refuse" && isDefault) {`,
  },
  {
    name: "a deletion asks no grant",
    file: "src/credential/finalize.ts",
    find: "  if (!allowed.ok) return deniedOr(step, allowed.error);",
    replace: "  if (!allowed.ok && step.do === 'deny') return deniedOr(step, allowed.error);",
  },
  {
    name: "a deletion removes what this object never applied",
    file: "src/credential/decide-finalize.ts",
    find: `if (!hasApplied) return { do: "release", because: "nothing-applied" };`,
    replace: "",
  },
  {
    name: "mode Plan writes",
    file: "src/credential/decide.ts",
    find: `return mode === "Plan" ? planOf(step) : step;`,
    replace: "return step;",
  },
  {
    name: "a suspended object is reconciled",
    file: "src/credential/reconcile.ts",
    find: `if (spec.value.suspend) return withoutRead(memory, { kind: "suspended" });`,
    replace: "",
  },
  {
    name: "a pass writes what an edit has overtaken",
    file: "src/credential/act.ts",
    find: "if (isOvertaken(credential, deps)) return nothingToDo;",
    replace: "",
  },
  {
    name: "two objects of one initiator both write",
    file: "src/credential/claims.ts",
    find: "if (!isNext) return { ...alone, rival: holder };",
    replace: "if (!isNext) return alone;",
  },
  {
    name: "claims cross trust domains",
    file: "src/credential/claims.ts",
    find: "if (rival.key === own || domainOf(rival) !== domain) return [];",
    replace: "if (rival.key === own) return [];",
  },
  {
    name: "removing addresses may leave none, which lets in from anywhere",
    file: "src/credential/differences.ts",
    find: `return desired?.merge === "remove" && (held === undefined || isSubset(held, desired.set));`,
    replace: "return desired?.merge === 'remove' && held === undefined;",
  },
  {
    name: "an outbound pair that was taken away stays on the array",
    file: "src/ontap/request-bodies.ts",
    find: `const cleared = clears ? { outbound: { user: "" } } : {};`,
    replace: "const cleared = {};",
  },
  {
    name: "a change of addresses replaces what others have added",
    file: "src/ontap/paths.ts",
    find: `add: "?add_initiator_addresses=true",`,
    replace: `add: "",`,
  },
  {
    name: "a Secret that nobody offers is read",
    file: "src/authority/offered-secret.ts",
    find: `if (use !== "chap" && !byType) return err({ kind: "not-offered", use: "chap" });`,
    replace: "",
  },
  {
    name: "a login serves as CHAP pair",
    file: "src/authority/offered-secret.ts",
    find: `if (isLogin || use === "login") return err({ kind: "is-login" });`,
    replace: "",
  },
  {
    name: "a login is sent to endpoints that its owner did not bind it to",
    file: "src/authority/offered-secret.ts",
    find: `if (bound !== undefined && !isBoundTo(bound, endpoint)) return err({ kind: "endpoint", endpoint });`,
    replace: "",
  },
  // Hand-over and deletion.
  {
    name: "a renamed object loses its credential for a moment",
    file: "src/credential/decide-finalize.ts",
    find: `if (succession === "can-write" && deletedForMs < longestYieldMs) {`,
    replace: `if (succession === "can-write" && deletedForMs < 0) {`,
  },
  {
    name: "the successor is given its minute by the wall clock",
    file: "src/credential/finalize.ts",
    find: "deletedForMs: clock.monotonic() - Math.max(seenMs(key), servedSinceMs),",
    replace: `deletedForMs: clock.now() - Date.parse(meta.deletionTimestamp ?? ""),`,
  },
  {
    name: "a deleted object takes away what its successor holds",
    file: "src/credential/decide-finalize.ts",
    find: `if (succession === "has-applied") return { do: "release", because: "succeeded" };`,
    replace: "",
  },
  {
    name: "an object goes without a finalizer of ours",
    file: "src/credential/act.ts",
    find: `  const marked = await addFinalizer(scene, deps, signal);
  if (!marked.ok) return failed(step.do, marked.error, svm);
  const begun`,
    replace: "  const begun",
  },
  {
    name: "a finalizer that a user took away stays away",
    file: "src/credential/reconcile.ts",
    find: "const kept = await keepFinalizer(found, memory, deps, signal);",
    replace: "const kept = await Promise.resolve({ ok: true as const, value: found });",
  },
  {
    name: "what stays on the array is not told",
    file: "src/credential/finalize.ts",
    find: "for (const id of ids) leftBehind.record(connection, { ...id, namespace: meta.namespace });",
    replace: "",
  },
  {
    name: "an SVM that is not seen counts as gone",
    file: "src/credential/finalize.ts",
    find: `if (session.presence(place.uuid as SvmUuid) === "gone") deps.emit(credential, svmGoneEvent(place));`,
    replace: `if (session.presence(place.uuid as SvmUuid) !== "present") deps.emit(credential, svmGoneEvent(place));`,
  },
  {
    name: "a connection goes before the credentials that need it",
    file: "src/connection/decide.ts",
    find: "if (deleting && holders.length === 0)",
    replace: "if (deleting && holders.length >= 0)",
  },
  // Lost answers, crashes, stale views, two processes.
  {
    name: "an own creation is not noted before it is sent",
    file: "src/credential/act.ts",
    find: `if (step.do !== "create" || facts.adoption.policy !== "Refuse" || facts.isOurs) return ok(undefined);`,
    replace: "if (step.do !== undefined) return ok(undefined);",
  },
  {
    name: "a creation whose answer was lost counts as done",
    file: "src/ontap/writes.ts",
    find: `if (seen.state === "held" && shows(seen.credential, effectOfCreation(creation))) return ok(undefined);`,
    replace: `if (seen.state !== "failed") return ok(undefined);`,
  },
  {
    name: "a password whose answer was lost counts as written",
    file: "src/ontap/writes.ts",
    find: `if (authentication?.type !== "chap") return ok(undefined);`,
    replace: "if (authentication !== null) return ok(undefined);",
  },
  {
    name: "a status overwrites what another client wrote meanwhile",
    file: "src/kube/writes.ts",
    find: `{ op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },`,
    replace: "",
  },
  {
    name: "an older state overwrites a newer one",
    file: "src/kube/store.ts",
    find: "if (before === undefined || isNewer(object.meta.resourceVersion, before.meta.resourceVersion)) set(object);",
    replace: "set(object);",
  },
  {
    name: "a list removes what is newer than it",
    file: "src/kube/store.ts",
    find: "removeUnlisted(listed, reach, (known) => !isNewer(known.meta.resourceVersion, asOf));",
    replace: "removeUnlisted(listed, reach, () => true);",
  },
  {
    name: "a restore of the API server is not noticed",
    file: "src/kube/reflector.ts",
    find: "const isRewound = isOlder(pageOf(reply.value).resourceVersion, resourceVersion);",
    replace: "const isRewound = false;",
  },
  {
    name: "a watch that is too old goes on from where it was",
    file: "src/kube/reflector.ts",
    find: `return { at: "rest", failure, next: { at: experience.beginning } };
    }
    meter?.restarted(name, "refused");`,
    replace: `return { at: "rest", failure, next: continueFrom(resourceVersion) };
    }
    meter?.restarted(name, "refused");`,
  },
  {
    name: "a leader writes on after its Lease has run out",
    file: "src/lease/decide.ts",
    find: "if (nowMs >= endMs) return",
    replace: "if (nowMs >= endMs + 3_600_000) return",
  },
  {
    name: "a Lease is taken before it has run out",
    file: "src/lease/decide.ts",
    find: "return changedMs + (lease.durationMs > 0 ? lease.durationMs : timing.leaseMs);",
    replace: "return changedMs;",
  },
  // Logins, bounds, secrets.
  {
    name: "a refused login is sent again and again",
    file: "src/connection/login-verdicts.ts",
    find: "state.refusals = { count: (state.refusals?.count ?? 0) + 1, lastMs: nowMs };",
    replace: "state.refusals = undefined;",
  },
  {
    name: "a changed password fails in as many requests as wait",
    file: "src/connection/login-verdicts.ts",
    find: "state.epoch += 1;",
    replace: "",
  },
  {
    name: "a request by annotation is answered without end",
    file: "src/credential/live-pass.ts",
    find: "const allowance = found.isResync ? undefined : takePass(",
    replace: "const allowance = found.memory !== undefined ? undefined : takePass(",
  },
  {
    name: "an edited Secret is written as often as it is edited",
    file: "src/credential/allowance.ts",
    find: "const burst = 10;",
    replace: "const burst = 1000;",
  },
  {
    name: "one tenant fills a lane",
    file: "src/operator/operator.ts",
    find: "tenantOf: (key) => namespacedNameOf(key).namespace,",
    replace: `tenantOf: () => "",`,
  },
  {
    name: "a password stands in a failure's text",
    file: "src/ontap/recent-secrets.ts",
    find: "text: (text) => strict.text(text),",
    replace: "text: (text) => text,",
  },
];
