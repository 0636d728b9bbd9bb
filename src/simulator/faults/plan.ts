import type { Random } from "../../std/random.ts";
import { unreachable } from "../../std/unreachable.ts";
import { undistorted, type Distortion } from "../api/distortion.ts";
import { errorCodes } from "../wire/error-codes.ts";
import type { Fault } from "./fault.ts";
import { drawLatencyMs } from "./latency.ts";

/** How one request is treated: wait, answer with a distortion, and deliver the answer in some way. */
export interface Plan {
  readonly delayMs: number;
  readonly distortion: Distortion;
  readonly delivery: Delivery;
}

/** `honest` sends the answer whole; `reset` and `hang` come before or after the request takes effect. */
export type Delivery =
  | { readonly kind: "honest" }
  | { readonly kind: "reset" | "hang"; readonly applied: boolean }
  | {
      readonly kind: "body";
      readonly status: number;
      readonly contentType: string;
      readonly text: string;
      readonly applied: boolean;
    }
  | { readonly kind: "truncate"; readonly bytes: number }
  | { readonly kind: "drip"; readonly bytesPerSecond: number };

const honestPlan: Plan = { delayMs: 0, distortion: undistorted, delivery: { kind: "honest" } };

/** Joins the faults that strike a request: delays add up, and of several ways to answer the last one counts. */
export function planOf(faults: readonly Fault[], random: Random): Plan {
  return faults.reduce<Plan>((plan, fault) => withFault(plan, fault, random), honestPlan);
}

function withFault(plan: Plan, fault: Fault, random: Random): Plan {
  const { distortion } = plan;
  switch (fault.effect) {
    case "delay":
      return { ...plan, delayMs: plan.delayMs + drawLatencyMs(fault.latency, random) };
    case "lag":
      return { ...plan, distortion: { ...distortion, lagMs: fault.ms } };
    case "ignore":
      return { ...plan, distortion: { ...distortion, ignored: true } };
    case "await-approval":
      return { ...plan, distortion: { ...distortion, approval: fault.index } };
    case "numeric-code":
      return { ...plan, distortion: { ...distortion, numericCode: true } };
    case "error":
      return { ...plan, distortion: { ...distortion, instead: insteadOf(fault) } };
    case "reset":
      return { ...plan, delivery: { kind: "reset", applied: false } };
    case "lose-answer":
      return { ...plan, delivery: { kind: "reset", applied: true } };
    case "hang":
      return { ...plan, delivery: { kind: "hang", applied: fault.applied } };
    case "body":
      return { ...plan, delivery: { kind: "body", ...fault } };
    case "truncate":
      return { ...plan, delivery: { kind: "truncate", bytes: fault.bytes } };
    case "drip":
      return { ...plan, delivery: { kind: "drip", bytesPerSecond: fault.bytesPerSecond } };
    default:
      return unreachable(fault);
  }
}

function insteadOf(fault: Fault & { readonly effect: "error" }): NonNullable<Distortion["instead"]> {
  const { code, status, target, retryAfterSeconds, applied } = fault;
  return {
    error: { code, message: fault.message ?? errorCodes[code].message, ...(target !== undefined && { target }) },
    applied,
    ...(status !== undefined && { status }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}
