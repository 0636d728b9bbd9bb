import type { ArrayCredential } from "../array/credential.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { InitiatorName, SvmUuid } from "../array/identifiers.ts";
import type { AddressedCredential, ArrayResult, Cluster, CredentialList, Svm, SvmList } from "../array/port.ts";
import { freeTexts } from "../array/visible-fields.ts";
import { err, ok, type Result } from "../std/result.ts";
import { failureOfTrouble } from "./array-failure.ts";
import type { Exchange } from "./exchange.ts";
import { isOwnPath, paths } from "./paths.ts";
import { readCluster, readCredential, readPage, readSvm } from "./wire.ts";

export async function readClusterFrom(exchange: Exchange, signal: AbortSignal): ArrayResult<Cluster> {
  const answer = await exchange.ask({ verb: "GET", path: paths.cluster }, signal);
  if (!answer.ok) return err(answer.error.failure);
  const cluster = readCluster(answer.value.body);
  if (!cluster.ok) return undocumented(cluster.error);
  const { uuid, name, version } = cluster.value;
  return ok({ uuid: clean(exchange, uuid), name: clean(exchange, name), version: clean(exchange, version) });
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
  if (!pages.ok) return pages;
  const clear = [...svms.values()].map((svm) => ({
    ...svm,
    name: clean(exchange, svm.name),
    state: clean(exchange, svm.state),
    subtype: clean(exchange, svm.subtype),
  }));
  return ok({ svms: clear, unreadable });
}

/** A name that the array shows, without any secret: it goes into a status, and an array may say what it was told. */
function clean<Name extends string | undefined>(exchange: Exchange, name: Name): Name {
  return name === undefined ? name : (exchange.secrets.redactor().names([name])[0] as Name);
}

/** The same for the fields of credentials that hold free text, all at once. */
function cleanCredentials(
  exchange: Exchange,
  credentials: ReadonlyMap<InitiatorName, ArrayCredential>,
): ReadonlyMap<InitiatorName, ArrayCredential> {
  const shown = [...credentials].flatMap(([initiator, credential]) =>
    freeTexts(credential).map(([field, text]) => ({ initiator, credential, field, text })),
  );
  const texts = shown.map(({ text }) => text);
  const cleaned = exchange.secrets.redactor().names(texts);
  if (cleaned === texts) return credentials;
  const result = new Map(credentials);
  for (const [index, { initiator, credential, field, text }] of shown.entries()) {
    if (cleaned[index] === text) continue;
    result.set(initiator, { ...(result.get(initiator) ?? credential), [field]: cleaned[index] });
  }
  return result;
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
  return ok({ credentials: cleanCredentials(exchange, named), pages: pages.value, unreadable });
}

/** Of two spellings of one name, which a release that compares with case may hold, the one that we write counts. */
function keep(
  credentials: Map<InitiatorName, ArrayCredential>,
  initiator: InitiatorName,
  credential: ArrayCredential,
): void {
  if (!credentials.has(initiator) || credential.shownAs === initiator) credentials.set(initiator, credential);
}

/** Undefined if the array says that there is none. */
export async function readCredentialFrom(
  exchange: Exchange,
  id: AddressedCredential,
  signal: AbortSignal,
): ArrayResult<ArrayCredential | undefined> {
  const answer = await exchange.ask({ verb: "GET", path: paths.credential(id) }, signal);
  if (!answer.ok) return isAbsence(answer.error.failure) ? ok(undefined) : err(answer.error.failure);
  const read = readCredential(answer.value.body);
  if (!read.ok) return undocumented("the record");
  const { svm = id.svm, initiator = id.initiator, credential } = read.value;
  if (svm !== id.svm || initiator !== id.initiator) return unexpected("another credential than asked for");
  const whole = credential.shownAs === "" ? { ...credential, shownAs: id.shownAs ?? id.initiator } : credential;
  return ok(cleanCredentials(exchange, new Map([[id.initiator, whole]])).get(id.initiator));
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
    const answer = await exchange.ask({ verb: "GET", path }, signal);
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
  return err(failureOfTrouble({ verb: "GET", clean: (text) => text }, "unexpected", detail));
}

function tooLarge(detail: string): Result<never, ArrayFailure> {
  return err(failureOfTrouble({ verb: "GET", clean: (text) => text }, "too large", detail));
}
