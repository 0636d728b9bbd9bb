import type { ArrayCredential } from "../array/credential.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { InitiatorName, SvmUuid } from "../array/identifiers.ts";
import type { AddressedCredential, ArrayResult, Cluster, CredentialList, Svm, SvmList } from "../array/port.ts";
import { err, ok, type Result } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";
import { failureOfTrouble } from "./array-failure.ts";
import type { Exchange } from "./exchange.ts";
import { isOwnPath, paths } from "./paths.ts";
import { readCluster, readCredential, readPage, readSvm } from "./wire.ts";

export async function readClusterFrom(exchange: Exchange, signal: AbortSignal): ArrayResult<Cluster> {
  const answer = await exchange({ verb: "GET", path: paths.cluster }, signal);
  if (!answer.ok) return err(answer.error.failure);
  const cluster = readCluster(answer.value.body);
  return cluster.ok ? cluster : undocumented(cluster.error);
}

/** An SVM that cannot be read is left out: only one that an object names matters. */
export async function readSvmsFrom(exchange: Exchange, signal: AbortSignal): ArrayResult<SvmList> {
  const svms = new Map<SvmUuid, Svm>();
  let unreadable = 0;
  const pages = await collect(exchange, paths.svms, signal, (record) => {
    const svm = readSvm(record);
    if (!svm.ok) unreadable += 1;
    else if (!svms.has(svm.value.uuid)) svms.set(svm.value.uuid, svm.value);
  });
  return pages.ok ? ok({ svms: [...svms.values()], unreadable }) : pages;
}

/**
 * A record without an SVM is of the one that was asked for, unless another record shows that the filter was not obeyed;
 * a record of another SVM is left out.
 */
export async function readCredentialsFrom(
  exchange: Exchange,
  svm: SvmUuid,
  signal: AbortSignal,
): ArrayResult<CredentialList> {
  const named = new Map<InitiatorName, ArrayCredential>();
  const withoutSvm = new Map<InitiatorName, ArrayCredential>();
  let unreadable = 0;
  let filterObeyed = true;
  const pages = await collect(exchange, paths.credentials(svm), signal, (record) => {
    const read = readCredential(record);
    if (!read.ok) {
      if (read.error === "unreadable") unreadable += 1;
      return;
    }
    const { svm: owner, initiator, credential } = read.value;
    if (owner !== undefined && owner !== svm) filterObeyed = false;
    else if (initiator === undefined) unreadable += 1;
    else {
      if (credential.unreadable.length > 0) unreadable += 1;
      keep(owner === undefined ? withoutSvm : named, initiator, credential);
    }
  });
  if (!pages.ok) return pages;
  if (filterObeyed) for (const [initiator, credential] of withoutSvm) keep(named, initiator, credential);
  else unreadable += withoutSvm.size;
  return ok({ credentials: named, pages: pages.value, unreadable });
}

/** Of two spellings of one name, which a release that compares with case may hold, the one that we write counts. */
function keep(
  credentials: Map<InitiatorName, ArrayCredential>,
  initiator: InitiatorName,
  credential: ArrayCredential,
): void {
  if (!credentials.has(initiator) || credential.shownAs === initiator) credentials.set(initiator, credential);
}

/** Undefined if the array says that there is none. `secrets`: what a write has just sent, and no failure may show. */
export async function readCredentialFrom(
  exchange: Exchange,
  id: AddressedCredential,
  signal: AbortSignal,
  secrets: readonly SecretText[] = [],
): ArrayResult<ArrayCredential | undefined> {
  const answer = await exchange({ verb: "GET", path: paths.credential(id), secrets }, signal);
  if (!answer.ok) return isAbsence(answer.error.failure) ? ok(undefined) : err(answer.error.failure);
  const read = readCredential(answer.value.body);
  if (!read.ok) return undocumented("the record");
  const { svm = id.svm, initiator = id.initiator, credential } = read.value;
  if (svm !== id.svm || initiator !== id.initiator) return unexpected("another credential than asked for");
  return ok(credential.shownAs === "" ? { ...credential, shownAs: id.shownAs ?? id.initiator } : credential);
}

/** ONTAP says that there is no such credential: by the code of its own, or in general words. */
export function isAbsence({ meaning }: ArrayFailure): boolean {
  return meaning.reason === "CredentialMissing" || meaning.reason === "EntryMissing";
}

/** What one collection may come to: far beyond any array, and bearable if several arrays try it at once. */
const most = { pages: 200, records: 50_000, bytes: 64 * 1024 * 1024 } as const;

/** Hands over every record of a collection, page by page, and gives the number of pages. A page may be empty and not the last. */
async function collect(
  exchange: Exchange,
  first: string,
  signal: AbortSignal,
  take: (record: unknown) => void,
): ArrayResult<number> {
  let path = first;
  let records = 0;
  let bytes = 0;
  for (let pages = 1; pages <= most.pages; pages += 1) {
    const answer = await exchange({ verb: "GET", path }, signal);
    if (!answer.ok) return err(answer.error.failure);
    const page = readPage(answer.value.body);
    if (!page.ok) return undocumented(page.error);
    records += page.value.records.length;
    bytes += answer.value.bytes;
    if (records > most.records) return tooLarge(`more than ${most.records} records`);
    if (bytes > most.bytes) return tooLarge(`more than ${most.bytes / 1024 / 1024} MiB in one list`);
    for (const record of page.value.records) take(record);
    const { next } = page.value;
    if (next === undefined) return ok(pages);
    if (!isOwnPath(next)) return unexpected("a next link that leaves the API");
    path = next;
  }
  return tooLarge(`more than ${most.pages} pages`);
}

function undocumented(place: string): Result<never, ArrayFailure> {
  return unexpected(`${place} is not as documented`);
}

function unexpected(detail: string): Result<never, ArrayFailure> {
  return err(failureOfTrouble({ verb: "GET", secrets: [] }, "unexpected", detail));
}

function tooLarge(detail: string): Result<never, ArrayFailure> {
  return err(failureOfTrouble({ verb: "GET", secrets: [] }, "too large", detail));
}
