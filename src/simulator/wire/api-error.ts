import { err, type Result } from "../../std/result.ts";
import { errorCodes, type ErrorCode } from "./error-codes.ts";
import type { JsonObject } from "./json.ts";

/** What ONTAP answers instead of a result. `target` is the input field at fault; `values` fill the message. */
export interface ApiError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly target?: string;
  readonly values?: readonly string[];
}

interface Details {
  readonly message?: string;
  readonly target?: string;
  readonly values?: readonly string[];
}

export function apiError(code: ErrorCode, details: Details = {}): ApiError {
  return { message: errorCodes[code].message, ...details, code };
}

/** A refusal as a Result, which is how every rule of the simulator says no. */
export function refuse(code: ErrorCode, details: Details = {}): Result<never, ApiError> {
  return err(apiError(code, details));
}

/** The observed wording: The value "600" is invalid for field "return_timeout" (<0..120>). */
export function invalidValue(field: string, value: string, expected: string): Result<never, ApiError> {
  const message = `The value "${value}" is invalid for field "${field}" (<${expected}>)`;
  return refuse("262197", { message, target: field, values: [value, field, expected] });
}

/** The observed wording: Unexpected argument "name". */
export function unexpectedArgument(name: string): Result<never, ApiError> {
  return refuse("262179", { message: `Unexpected argument "${name}".`, target: name, values: [name] });
}

/** The error object on the wire. The code is an integer inside a string, except where a proxy made it a number. */
export function errorBody(error: ApiError, shape: { withArguments: boolean; numericCode: boolean }): JsonObject {
  const values = shape.withArguments ? error.values : undefined;
  return {
    error: {
      message: error.message,
      code: shape.numericCode ? Number(error.code) : error.code,
      target: error.target,
      arguments: values?.map((message, index) => ({ message, code: String(index + 1) })),
    },
  };
}
