import { expect, onTestFinished, test } from "vitest";
import { aPlace, chapFrom, conditionOf, eventually, startOperator, useWorld, type Place } from "./harness.ts";

/** A Role that lacks one verb: said once, in a line that names it, and mended by giving the verb, without a restart. */

const world = useWorld();

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/ontap-iscsi-operator";

async function setRules(rules: readonly Rule[]): Promise<void> {
  await world.cluster.send({
    method: "PATCH",
    path,
    contentType: "application/merge-patch+json",
    body: { rules },
  });
}

/** Takes a verb out of the published Role; what comes back puts it in again. */
async function takeAway(resource: string, verb: string): Promise<() => Promise<void>> {
  const rules = (await world.cluster.send({ method: "GET", path }))["rules"] as readonly Rule[];
  const without = rules.flatMap((rule): readonly Rule[] => {
    if (!rule.resources.includes(resource)) return [rule];
    const others = rule.resources.filter((other) => other !== resource);
    const verbs = rule.verbs.filter((other) => other !== verb);
    const rest = [
      { ...rule, resources: others },
      { ...rule, resources: [resource], verbs },
    ];
    return rest.filter(({ resources, verbs: left }) => resources.length > 0 && left.length > 0);
  });
  const giveBack = (): Promise<void> => setRules(rules);
  onTestFinished(giveBack);
  await setRules(without);
  return giveBack;
}

async function aCredential(place: Place, name: string): Promise<void> {
  await place.createSecret(name, { username: name, password: "a-secret-canary" });
  await place.createCredential(name, chapFrom(name));
}

/** `shows` stays until the verb is given: what no status can say is what the API server itself wrote at the creation. */
test.each([
  { resource: "iscsicredentials/status", verb: "patch", shows: "Pending" },
  { resource: "ontapconnections/status", verb: "patch", shows: undefined },
  { resource: "iscsicredentials", verb: "patch", shows: "KubernetesUnavailable" },
  { resource: "secrets", verb: "get", shows: "ConnectionNotReady" },
  { resource: "events", verb: "create", shows: undefined },
])("$verb $resource", async ({ resource, verb, shows }) => {
  await world.operator.stop();
  const giveBack = await takeAway(resource, verb);
  const operator = await startOperator();
  onTestFinished(() => operator.stop());
  const place = await aPlace(world);
  await aCredential(place, "lacking");

  const hints = (): readonly string[] =>
    operator.logLines.filter((line) => line.startsWith("warn the ServiceAccount may not do this; apply the Role"));
  const hint = await eventually(async () => hints()[0], "the log says what is missing");
  expect(hint).toContain(`"verb":"${verb}","resource":"${resource}"`);
  if (shows !== undefined) {
    const reasonOf = async () => conditionOf(await place.credential("lacking"), "Ready")?.reason;
    await eventually(async () => ((await reasonOf()) === shows ? true : undefined), `it shows ${shows}`);
  } else {
    await place.untilReady("lacking");
  }
  await giveBack();
  await place.untilReady("lacking");
  await eventually(async () => {
    const connection = await world.cluster.get("ontapconnections", place.namespace, "array");
    return conditionOf(connection, "Ready")?.reason === "Connected" ? true : undefined;
  }, "the connection says that it works");
  expect(hints()).toHaveLength(1);
  expect(operator.logLines.join("\n")).not.toContain("canary");
});
