import { err, ok, type Result } from "./result.ts";

export type Labels = Readonly<Record<string, string>>;

/** metav1.LabelSelector. */
export interface LabelSelector {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?: readonly LabelRequirement[] | undefined;
}

export interface LabelRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[] | undefined;
}

/** The one label of a namespace that is known by its name: the API server sets it, and lets no one change it. */
const nameLabel = "kubernetes.io/metadata.name";

/** The labels of a namespace, as far as its name tells them. */
export const labelsByName = (namespace: string): Labels => ({ [nameLabel]: namespace });

/** Whether `labelsByName` is enough to tell what a selector of namespaces matches. */
export function asksNameOnly({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  const keys = [...Object.keys(matchLabels), ...matchExpressions.map((requirement) => requirement.key)];
  return keys.every((asked) => asked === nameLabel);
}

/** As Kubernetes does it: every requirement must hold; an empty selector matches everything. */
export function matchesLabels({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  const equal = Object.entries(matchLabels).every(([key, value]) => valueOf(labels, key) === value);
  return equal && matchExpressions.every((requirement) => holds(requirement, labels));
}

function holds({ key, operator, values = [] }: LabelRequirement, labels: Labels): boolean {
  const value = valueOf(labels, key);
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}

/** What every object inherits, such as `constructor`, is not a label. */
const valueOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

const name = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";
const key = `(?<key>(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?${name})`;
const value = `(?:${name})?`;
const forms: readonly (readonly [RegExp, LabelRequirement["operator"]])[] = [
  [new RegExp(`^${key}$`), "Exists"],
  [new RegExp(`^! *${key}$`), "DoesNotExist"],
  [new RegExp(`^${key} *==? *(?<values>${value})$`), "In"],
  [new RegExp(`^${key} *!= *(?<values>${value})$`), "NotIn"],
  [new RegExp(`^${key} +in *\\((?<values>[^()]*)\\)$`), "In"],
  [new RegExp(`^${key} +notin *\\((?<values>[^()]*)\\)$`), "NotIn"],
];
const wholeValue = new RegExp(`^${value}$`);

/** What kubectl's `--selector` takes, such as `tier=gold,site in (a,b),!lab`. The error names the requirement and the fix. */
export function parseLabelSelector(text: string): Result<LabelSelector, string> {
  const matchExpressions: LabelRequirement[] = [];
  // Commas within parentheses part values, not requirements.
  for (const part of text.split(/,(?![^(]*\))/).map((each) => each.trim())) {
    const requirement = parseRequirement(part);
    if (requirement === undefined) {
      return err(
        `"${part}" is not a requirement on labels; write key=value, key!=value, key in (a,b), key notin (a,b), key or !key, and commas between`,
      );
    }
    matchExpressions.push(requirement);
  }
  return ok({ matchExpressions });
}

function parseRequirement(text: string): LabelRequirement | undefined {
  for (const [form, operator] of forms) {
    const groups = form.exec(text)?.groups;
    if (groups?.["key"] === undefined) continue;
    if (groups["values"] === undefined) return { key: groups["key"], operator };
    const values = groups["values"].split(",").map((each) => each.trim());
    return values.every((each) => wholeValue.test(each)) ? { key: groups["key"], operator, values } : undefined;
  }
  return undefined;
}
