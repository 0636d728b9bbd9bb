import { err, ok, type Result } from "../../std/result.ts";
import { unreachable } from "../../std/unreachable.ts";
import { findSvm, type Login } from "../model/cluster.ts";
import { hasFeature } from "../model/release.ts";
import type { World } from "../model/world.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Action } from "./action.ts";

type LoginAction = Extract<
  Action,
  {
    readonly do:
      | "put-login"
      | "change-password"
      | "lock-login"
      | "unlock-login"
      | "delete-login"
      | "put-role"
      | "put-token";
  }
>;

/** What an ONTAP administrator does with `security login`, and an authorization server with tokens. */
export function changeLogin(world: World, action: LoginAction): Result<JsonObject, string> {
  const { logins, roles, tokens } = world.cluster;
  switch (action.do) {
    case "put-role":
      if (hasPartialAccess(action) && !hasFeature(world.cluster.version, "partialAccess")) {
        return err("this release has the access levels none, readonly and all only");
      }
      roles.set(action.name, { name: action.name, privileges: action.privileges });
      return ok({});
    case "put-token":
      tokens.set(action.token, { user: action.user, expiresMs: world.clock.now() + action.lifetimeMs });
      return ok({});
    case "put-login":
      return putLogin(world, action);
    default: {
      const login = logins.get(action.user);
      if (login === undefined) return err(`there is no login ${action.user}`);
      if (action.do === "delete-login") logins.delete(action.user);
      else logins.set(action.user, changed(login, action));
      return ok({});
    }
  }
}

const hasPartialAccess = ({ privileges }: Action & { readonly do: "put-role" }): boolean =>
  privileges.some(({ access }) => !["none", "readonly", "all"].includes(access));

type Change = Extract<LoginAction, { readonly do: "change-password" | "lock-login" | "unlock-login" }>;

function changed(login: Login, action: Change): Login {
  switch (action.do) {
    case "change-password":
      return { ...login, password: action.password, failureCount: 0, locked: false };
    case "lock-login":
      return { ...login, locked: true };
    case "unlock-login":
      return { ...login, failureCount: 0, locked: false };
    default:
      return unreachable(action);
  }
}

function putLogin(world: World, action: Action & { readonly do: "put-login" }): Result<JsonObject, string> {
  const { user, password, certificate, role } = action;
  const svm = action.svm === undefined ? undefined : findSvm(world.cluster, action.svm);
  if (action.svm !== undefined && svm === undefined) return err(`there is no SVM ${action.svm}`);
  if (!world.cluster.roles.has(role)) return err(`there is no role ${role}`);
  world.cluster.logins.set(user, {
    user,
    password,
    certificate,
    role,
    svmUuid: svm?.uuid,
    failureCount: 0,
    locked: false,
  });
  return ok({});
}
