import type { ArrayCredential } from "../array/credential.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { CredentialId, InitiatorName, SvmUuid } from "../array/identifiers.ts";
import type { ArrayResult, Cluster, Svm } from "../array/port.ts";
import { err, ok, type Result } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";
import { failureOfTrouble } from "./array-failure.ts";
import type { Exchange } from "./exchange.ts";
import { isOwnPath, paths } from "./paths.ts";
import { readCluster, readCredential, readPage, readSvm } from "./wire.ts";

export async function readClusterFrom(exchange: Exchange, signal: AbortSignal): ArrayResult<Cluster> {
  const body = await exchange({ verb: "GET", path: paths.cluster }, signal);
  if (!body.ok) return err(body.error.failure);
  const cluster = readCluster(body.value);
  return cluster.ok ? cluster : undocumented(cluster.error);
}

export function readSvmsFrom(exchange: Exchange, signal: AbortSignal): ArrayResult<readonly Svm[]> {
  return collect(exchange, paths.svms, readSvm, signal);
}

export async function readCredentialsFrom(
  exchange: Exchange,
  svm: SvmUuid,
  signal: AbortSignal,
): ArrayResult<ReadonlyMap<InitiatorName, ArrayCredential>> {
  const records = await collect(exchange, paths.credentials(svm), readCredential, signal);
  if (!records.ok) return records;
  // A filter that was not obeyed must not pass for news of this SVM.
  if (records.value.some((record) => record !== "unnameable" && record.id.svm !== svm)) {
    return unexpected("a record of another SVM");
  }
  return ok(
    new Map(
      records.value.flatMap((record) => (record === "unnameable" ? [] : [[record.id.initiator, record.credential]])),
    ),
  );
}

/** Undefined if there is none. `secrets`: what its failure may not show, when a write has just sent it. */
export async function readCredentialFrom(
  exchange: Exchange,
  id: CredentialId,
  signal: AbortSignal,
  secrets: readonly SecretText[] = [],
): ArrayResult<ArrayCredential | undefined> {
  const body = await exchange({ verb: "GET", path: paths.credential(id), secrets }, signal);
  if (!body.ok) return isAbsence(body.error.failure) ? ok(undefined) : err(body.error.failure);
  const read = readCredential(body.value);
  if (!read.ok) return undocumented(read.error);
  const same = read.value !== "unnameable" && read.value.id.svm === id.svm && read.value.id.initiator === id.initiator;
  return same ? ok(read.value.credential) : unexpected("another credential than asked for");
}

/** ONTAP says that there is no such credential: by the code of its own, or in general words. */
export function isAbsence({ meaning }: ArrayFailure): boolean {
  return meaning.reason === "CredentialMissing" || meaning.reason === "EntryMissing";
}

/** A million records; an array that always has another page must not keep us for ever. */
const mostPages = 1000;

/** All records of a collection, page by page; a page may be empty and yet not the last. */
async function collect<T>(
  exchange: Exchange,
  first: string,
  read: (record: unknown) => Result<T, string>,
  signal: AbortSignal,
): ArrayResult<readonly T[]> {
  const collected: T[] = [];
  let path = first;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const body = await exchange({ verb: "GET", path }, signal);
    if (!body.ok) return err(body.error.failure);
    const page = readPage(body.value);
    if (!page.ok) return undocumented(page.error);
    for (const record of page.value.records) {
      const each = read(record);
      if (!each.ok) return undocumented(`a record's ${each.error}`);
      collected.push(each.value);
    }
    const { next } = page.value;
    if (next === undefined) return ok(collected);
    if (!isOwnPath(next)) return unexpected("a next link that leaves the API");
    path = next;
  }
  return unexpected("pages without end");
}

function undocumented(place: string): Result<never, ArrayFailure> {
  return unexpected(`${place} is not as documented`);
}

function unexpected(detail: string): Result<never, ArrayFailure> {
  return err(failureOfTrouble({ verb: "GET", secrets: [] }, "unexpected", detail));
}
