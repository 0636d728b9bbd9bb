import { err, ok, type Result } from "../../std/result.ts";
import { apiError, type ApiError } from "../wire/api-error.ts";
import type { ErrorCode } from "../wire/error-codes.ts";
import { defaultInitiator } from "../model/cluster.ts";
import type { Dialect } from "../model/dialect.ts";

/**
 * The initiator of a POST as it will be stored. Refusals are the seven name codes of the POST page (5373969 to 5373972,
 * 5373977, 5373978, 5373997) and 5373992, which igroups document for names that are too long. The page gives one sentence
 * per code; which of them meets a name with several mistakes is ours: prefix, qualifier, date, characters.
 */
export function parseInitiator(text: string, dialect: Dialect): Result<string, ApiError> {
  const name = dialect.upperCaseInitiator === "folded" ? text.toLowerCase() : text;
  if (name === defaultInitiator) return ok(name);
  const code = mistakeOf(name);
  return code === undefined ? ok(name) : err(apiError(code, { target: "initiator", values: [text] }));
}

function mistakeOf(name: string): ErrorCode | undefined {
  if (/^eui\b/i.test(name) || /^eui[0-9a-f]{16}$/i.test(name)) return mistakeOfEui(name);
  if (/^iqn(?![a-z])/i.test(name) || looksLikeIqn.test(name)) return mistakeOfIqn(name);
  return "5373997";
}

const looksLikeIqn = /^[^.]+\.[0-9]{4}-[0-9]{2}\./;

function mistakeOfEui(name: string): ErrorCode | undefined {
  if (!name.startsWith("eui.")) return "5373978";
  return /^[0-9a-f]{16}$/i.test(name.slice(4)) ? undefined : "5373977";
}

function mistakeOfIqn(name: string): ErrorCode | undefined {
  if (name === "iqn" || name === "iqn.") return "5373969";
  if (!name.startsWith("iqn.")) return "5373970";
  const qualifier = name.slice(4);
  const dot = qualifier.indexOf(".");
  const date = dot < 0 ? qualifier : qualifier.slice(0, dot);
  if (!/^[0-9]{4}-(0[1-9]|1[0-2])$/.test(date)) return "5373971";
  const authority = dot < 0 ? "" : qualifier.slice(dot + 1);
  if (authority === "" || authority.startsWith(":")) return "5373969";
  if (!/^[a-z0-9.:-]+$/.test(authority)) return "5373972";
  return Buffer.byteLength(name) > longestNameBytes ? "5373992" : undefined;
}

/** RFC 7143: an iSCSI name is at most 223 bytes. */
const longestNameBytes = 223;
