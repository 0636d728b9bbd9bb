import type { KubeRequest } from "../../../src/kube/transport.ts";
import { isSuccess, type Answer } from "./answer.ts";
import { withMetadata, type KubeObject } from "./object.ts";
import { pathOf, resourceOfKind } from "./resources.ts";

/**
 * A person with kubectl, or a GitOps tool: what they do is done at once, and gives the API server's own answer, which may be a
 * refusal. They write no statuses.
 */
export interface People {
  create(object: KubeObject): Answer;
  /** Creates it, or merges it into what is there, as `kubectl apply` does. */
  apply(object: KubeObject): Answer;
  /** `kubectl replace`: what is not in it is not there any more. */
  replace(object: KubeObject): Answer;
  /** `kubectl patch --type=merge`. */
  edit(kind: string, namespace: string, name: string, patch: object): Answer;
  delete(kind: string, namespace: string, name: string): Answer;
  label(namespace: string, labels: Readonly<Record<string, string | null>>): Answer;
  get(kind: string, namespace: string, name: string): KubeObject | undefined;
  /** Of all namespaces, or of one. */
  list(kind: string, namespace?: string): readonly KubeObject[];
}

export function createPeople(ask: (request: KubeRequest) => Answer): People {
  const path = (kind: string, namespace = "", name?: string): string => pathOf(resourceOfKind(kind), namespace, name);
  const placed = ({ kind = "", metadata }: KubeObject): [string, string, string] => [
    kind,
    metadata.namespace ?? "",
    metadata.name,
  ];

  function get(kind: string, namespace: string, name: string): KubeObject | undefined {
    const answer = ask({ method: "GET", path: path(kind, namespace, name) });
    return isSuccess(answer) ? (answer.body as KubeObject) : undefined;
  }

  const create = (object: KubeObject): Answer => {
    const { kind = "", metadata } = object;
    return ask({ method: "POST", path: path(kind, metadata.namespace), body: object });
  };
  const edit: People["edit"] = (kind, namespace, name, body) =>
    ask({
      method: "PATCH",
      path: path(kind, namespace, name),
      contentType: "application/merge-patch+json",
      body,
    });

  return {
    create,
    edit,
    get,
    apply: (object) => (get(...placed(object)) === undefined ? create(object) : edit(...placed(object), object)),
    replace(object) {
      const before = get(...placed(object));
      const { resourceVersion } = before?.metadata ?? {};
      const body = resourceVersion === undefined ? object : withMetadata(object, { resourceVersion });
      return ask({ method: "PUT", path: path(...placed(object)), body });
    },
    delete: (kind, namespace, name) => ask({ method: "DELETE", path: path(kind, namespace, name) }),
    label: (namespace, labels) => edit("Namespace", "", namespace, { metadata: { labels } }),
    list(kind, namespace) {
      const answer = ask({ method: "GET", path: path(kind, namespace) });
      return isSuccess(answer) ? (answer.body as { readonly items: readonly KubeObject[] }).items : [];
    },
  };
}
