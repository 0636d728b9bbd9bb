import type { Share } from "../std/sharing.ts";
import type { IscsiCredential } from "./parse.ts";

/**
 * The same object, with the parts that thousands of its kind have in common kept once: conditions word for word, the SVM, the
 * connection, finalizers and times.
 */
export function withSharedParts(credential: IscsiCredential, share: Share): IscsiCredential {
  const { meta, spec, status } = credential;
  const { finalizers, annotations, labels, creationTimestamp } = meta;
  return {
    ...credential,
    meta: {
      ...meta,
      finalizers: share(finalizers),
      annotations: share(annotations),
      labels: share(labels),
      creationTimestamp: share(creationTimestamp),
    },
    spec: spec.ok
      ? {
          ...spec,
          value: { ...spec.value, connectionRef: share(spec.value.connectionRef), svm: share(spec.value.svm) },
        }
      : spec,
    ...(status === undefined ? {} : { status: withSharedStatus(status, meta.uid, share) }),
  };
}

type Status = NonNullable<IscsiCredential["status"]>;

function withSharedStatus(status: Status, ownUid: string, share: Share): Status {
  const { conditions, svm, applied, history } = status;
  return {
    ...status,
    ...(conditions === undefined ? {} : { conditions: conditions.map(share) }),
    ...(svm === undefined ? {} : { svm: share(svm) }),
    ...(applied === undefined
      ? {}
      : {
          applied: {
            ...applied,
            svm: share(applied.svm),
            uid: applied.uid === ownUid ? ownUid : applied.uid,
            time: share(applied.time),
          },
        }),
    ...(history === undefined
      ? {}
      : {
          history: history.map((entry) => ({
            ...entry,
            time: share(entry.time),
            ...(entry.fields === undefined ? {} : { fields: share(entry.fields) }),
          })),
        }),
  };
}
