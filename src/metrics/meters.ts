import type { CallMeter } from "../array/meter.ts";
import type { ControllerMeter } from "../controller/meter.ts";
import type { CredentialMeter } from "../credential/meter.ts";
import type { EventMeter, KubeMeter, WatchMeter } from "../kube/meter.ts";

/** What the parts of the operator tell of themselves; each part is given its own and knows no other. */
export interface Meters {
  readonly kube: KubeMeter;
  readonly watch: WatchMeter;
  readonly events: EventMeter;
  readonly credentials: CredentialMeter;
  readonly connections: ConnectionRoster;
  controller(name: string): ControllerMeter;
  /** Of the array behind a connection. */
  calls(connection: string): CallMeter;
}

/** Which connections there are. What is told of any other is dropped, and what was told of one goes with it. */
export interface ConnectionRoster {
  came(connection: string): void;
  went(connection: string): void;
}
