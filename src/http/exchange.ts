import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import type { ByteBudget } from "../std/byte-budget.ts";
import { err, ok, type Result } from "../std/result.ts";

export interface HttpQuestion {
  readonly origin: string;
  /** With its query. */
  readonly path: string;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The whole body, read as UTF-8. */
  readonly text: string;
}

/** Why no whole answer came. */
export interface HttpFailure {
  /** `error`: the library's or the fence's; `too-large` and `crowded-out`: this side did not want more of it. */
  readonly kind: "error" | "too-large" | "crowded-out";
  /** What was thrown or told, with `error`. */
  readonly error: unknown;
  /** How far it got: `queued` means that no byte of the request left, `answering` that the answer had begun. */
  readonly progress: "queued" | "sent" | "answering";
}

export interface ExchangeOptions {
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
  /** A larger body is a failure. */
  readonly mostBytes: number;
  /** Shared by all that read bodies in this process. */
  readonly budget?: ByteBudget;
}

/**
 * One HTTP request and its whole answer, over undici's `dispatch`, which costs a quarter less than its `request`. Any
 * status is an answer. Rejects only with the reason of `signal`, and then at once, also while a connection is still being
 * made. For an answer that is a stream, use the dispatcher's `request`.
 */
export function exchange(
  question: HttpQuestion,
  { dispatcher, signal, mostBytes, budget }: ExchangeOptions,
): Promise<Result<HttpAnswer, HttpFailure>> {
  const { promise, resolve, reject } = Promise.withResolvers<Result<HttpAnswer, HttpFailure>>();
  let progress: HttpFailure["progress"] = "queued";
  let controller: Dispatcher.DispatchController | undefined;
  let over = false;
  let answer: Omit<HttpAnswer, "text"> | undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  const share = budget?.enter(() => giveUp("crowded-out"));

  function end(): boolean {
    if (over) return false;
    over = true;
    share?.[Symbol.dispose]();
    signal.removeEventListener("abort", abandon);
    return true;
  }

  function fail(kind: HttpFailure["kind"], error?: unknown): void {
    if (end()) resolve(err({ kind, error, progress }));
  }

  function giveUp(kind: HttpFailure["kind"]): void {
    fail(kind);
    controller?.abort(new Error(kind));
  }

  function abandon(): void {
    if (end()) reject(signal.reason);
    controller?.abort(new Error("abandoned"));
  }

  if (signal.aborted) {
    abandon();
    return promise;
  }
  signal.addEventListener("abort", abandon, { once: true });
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      // Abandoned while it waited for a connection: nothing of it leaves.
      if (over) started.abort(new Error("abandoned"));
      else progress = "sent";
    },
    onResponseStarted() {
      progress = "answering";
    },
    onResponseStart(_, status, headers) {
      // An interim answer, such as 103, comes before the real one.
      if (status < 200) return;
      progress = "answering";
      answer = { status, headers };
      if (Number(headers["content-length"]) > mostBytes) giveUp("too-large");
    },
    onResponseData(_, chunk) {
      if (over) return;
      bytes += chunk.length;
      if (bytes > mostBytes) {
        giveUp("too-large");
        return;
      }
      chunks.push(chunk);
      share?.add(chunk.length);
    },
    onResponseEnd() {
      if (answer !== undefined && end()) resolve(ok({ ...answer, text: decoder.decode(Buffer.concat(chunks)) }));
    },
    onResponseError(_, error) {
      fail("error", error);
    },
  };
  try {
    dispatcher.dispatch({ ...question, headers: { ...question.headers } }, handler);
  } catch (error) {
    fail("error", error);
  }
  return promise;
}

const decoder = new TextDecoder();
