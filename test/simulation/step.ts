import type { FaultInput } from "../../src/simulator/faults/fault.ts";

/**
 * A run is a plan of steps, drawn from its seed before anything happens: plain data, so that it can be printed, repeated and
 * shortened. A step that has lost its object (the shortened plan does not create it any more) does nothing.
 */
export type Step = { readonly atMs: number } & (
  | ({ readonly actor: "tenant" } & TenantStep)
  | ({ readonly actor: "owner" } & OwnerStep)
  | ({ readonly actor: "admin" } & AdminStep)
  | ({ readonly actor: "cluster" } & ClusterStep)
  | ({ readonly actor: "network" } & NetworkStep)
  | ({ readonly actor: "fate" } & FateStep)
);

export type Actor = Step["actor"];
export const actors = ["tenant", "owner", "admin", "cluster", "network", "fate"] as const satisfies readonly Actor[];

/** An IscsiCredential by where it is. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** What a tenant declares; every field has a value, so that an edit to it undoes nothing by accident. */
export interface Declared {
  readonly connection: string;
  readonly svm: string;
  readonly initiator: string;
  readonly authenticationType: "chap" | "none" | "deny";
  readonly mutual: boolean;
  readonly addresses: boolean;
  readonly adoptionPolicy: "Adopt" | "Refuse";
  readonly deletionPolicy: "Delete" | "Retain" | "Deny";
  readonly mode: "Enforce" | "Plan";
  readonly suspend: boolean;
}

export type TenantStep =
  | { readonly do: "declare"; readonly place: Place; readonly declared: Declared }
  | { readonly do: "edit"; readonly place: Place; readonly change: Partial<Declared> }
  | { readonly do: "request-reconcile"; readonly place: Place }
  | { readonly do: "delete"; readonly place: Place }
  /** `kubectl replace --force`: gone and there again, as another object. */
  | { readonly do: "recreate"; readonly place: Place }
  /** `kubectl replace` of a manifest that knows no finalizer. */
  | { readonly do: "replace"; readonly place: Place }
  | { readonly do: "rotate"; readonly place: Place; readonly password: string }
  | { readonly do: "label-secret"; readonly place: Place; readonly value: string }
  | { readonly do: "delete-secret"; readonly place: Place }
  | { readonly do: "recreate-secret"; readonly place: Place; readonly password: string };

export type OwnerStep =
  /** The array first, the Secret after a while, as people do it. */
  | { readonly do: "change-login"; readonly connection: string; readonly password: string; readonly lateMs: number }
  | { readonly do: "label-connection"; readonly connection: string; readonly value: string }
  /** The label by which `alias` grants its use: with it, or without it for a while. */
  | { readonly do: "withdraw-grant"; readonly namespace: string; readonly forMs: number }
  /** The same array by another of its names. */
  | { readonly do: "move-endpoint"; readonly connection: string; readonly to: number }
  | { readonly do: "recreate-connection"; readonly connection: string };

export type AdminStep =
  | {
      readonly do: "delete-credential" | "overwrite-credential";
      readonly array: number;
      readonly svm: string;
      readonly initiator: string;
    }
  | { readonly do: "recreate-svm"; readonly array: number; readonly svm: string }
  | { readonly do: "stop-svm"; readonly array: number; readonly svm: string; readonly forMs: number };

export type ClusterStep =
  | {
      readonly do: "fail";
      readonly methods: readonly string[];
      readonly how: "409" | "422" | "429" | "500" | "drop" | "lose-answer" | "hang";
      readonly probability: number;
      readonly forMs: number;
    }
  | { readonly do: "restart" }
  /** etcd is backed up now, and restored from that later; so is what tenants believe that they declare. */
  | { readonly do: "restore"; readonly afterMs: number }
  | { readonly do: "compact" };

export type NetworkStep =
  | { readonly do: "lose"; readonly requests: number; readonly answers: number; readonly forMs: number }
  | { readonly do: "refuse"; readonly array: number; readonly forMs: number }
  | { readonly do: "fault"; readonly array: number; readonly fault: FaultInput };

/** What befalls the process that leads; one that has ended is started again by its supervisor. */
export type FateStep =
  | { readonly do: "kill" }
  | { readonly do: "stop" }
  | { readonly do: "pause"; readonly forMs: number };
