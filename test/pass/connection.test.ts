import { describe } from "vitest";
import { arrayLogin } from "../model/world.ts";
import { testRows } from "./row.ts";
import type { Scene } from "./scene.ts";

/** Whole passes over a connection. */

const cutOff = async (scene: Scene): Promise<void> => {
  await scene.admin({ do: "refuse-connections" });
  await scene.later(11 * 60_000);
};

describe("a connection", () => {
  testRows(
    [
      {
        because: "the array answers its probe, ten minutes after the last one",
        happens: (scene) => scene.later(10 * 60_000),
        status: "True Connected",
        calls: ["GET 200", "GET 200"],
        events: [],
      },
      {
        because: "nothing listens at its endpoint any more",
        happens: cutOff,
        status: "False ConnectionRefused",
        calls: [],
      },
      {
        because: "its array listens again",
        before: cutOff,
        happens: async (scene) => {
          await scene.admin({ do: "accept-connections" });
          await scene.later(10_000);
        },
        status: "True Connected",
        calls: ["GET 200", "GET 200"],
      },
      {
        because: "the array refuses the login, which is tried once",
        happens: async (scene) => {
          await scene.admin({ do: "change-password", user: arrayLogin.user, password: "changed behind our back" });
          await scene.later(11 * 60_000);
        },
        status: "False LoginRefused",
        calls: ["GET 401 6691623"],
      },
      {
        because: "its Secret follows the array's new password",
        before: async (scene) => {
          await scene.admin({ do: "change-password", user: arrayLogin.user, password: "new-login-password" });
          await scene.later(11 * 60_000);
        },
        happens: (scene) => scene.secret("login", arrayLogin.user, "new-login-password"),
        status: "True Connected",
        calls: ["GET 200", "GET 200"],
      },
      {
        because: "it is deleted, and no credential needs it",
        happens: (scene) => scene.delete("OntapConnection", "array"),
        status: "no object",
        calls: [],
        finalizers: "gone",
      },
      {
        because: "it is deleted while a credential needs it",
        before: (scene) => scene.credential({}),
        happens: (scene) => scene.delete("OntapConnection", "array"),
        status: "False InUse",
        calls: [],
      },
    ],
    "OntapConnection",
  );
});
