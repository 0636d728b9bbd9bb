import { ok, type Result } from "../../std/result.ts";
import type { AccessLevel, Cluster, Login, Role } from "../model/cluster.ts";
import { refuse, type ApiError } from "../wire/api-error.ts";

const reading = ["GET", "HEAD", "OPTIONS"];

/** NetAppDocs/ontap-automation, rest/rbac_roles_users.adoc: what each access level lets a role do. */
const methodsOf = {
  none: [],
  readonly: reading,
  read_create: [...reading, "POST"],
  read_modify: [...reading, "PATCH"],
  read_create_modify: [...reading, "POST", "PATCH"],
  all: [...reading, "POST", "PATCH", "DELETE"],
} as const satisfies Record<AccessLevel, readonly string[]>;

/** The roles every cluster has. `vsadmin` belongs to SVM logins. */
export const builtInRoles: readonly Role[] = [
  { name: "admin", privileges: [{ path: "/api", access: "all" }] },
  { name: "readonly", privileges: [{ path: "/api", access: "readonly" }] },
  { name: "none", privileges: [{ path: "/api", access: "none" }] },
  {
    name: "vsadmin",
    privileges: [
      { path: "/api", access: "none" },
      { path: "/api/cluster", access: "readonly" },
      { path: "/api/svm/svms", access: "readonly" },
      { path: "/api/protocols/san", access: "all" },
    ],
  },
];

/** Refuses with code 6 (403) what the login's role does not grant; the longest path that covers the request decides. */
export function authorize(cluster: Cluster, login: Login, method: string, path: string): Result<void, ApiError> {
  const role = cluster.roles.get(login.role);
  const covering = role?.privileges.filter((privilege) => covers(privilege.path, path)) ?? [];
  const decisive = covering.toSorted((a, b) => b.path.length - a.path.length)[0];
  const allowed: readonly string[] = methodsOf[decisive?.access ?? "none"];
  return allowed.includes(method) ? ok(undefined) : refuse("6");
}

function covers(granted: string, path: string): boolean {
  return path === granted || path.startsWith(granted.endsWith("/") ? granted : `${granted}/`);
}
