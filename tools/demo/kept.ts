export interface Kept {
  readonly kubeconfig: string;
  /** Base URL of the simulator's side door. */
  readonly sideDoor: string;
  /** The file with the operator's log. */
  readonly log: string;
  /** URL of the operator's metrics. */
  readonly metrics: string;
}

/** What `make demo KEEP=1` says at its end: where everything is, and three things to try, as commands to copy. */
export const keptText = ({ kubeconfig, sideDoor, log, metrics }: Kept): string => `
All of it goes on running. In another terminal:
  export KUBECONFIG=${kubeconfig}
  kubectl get ontap --all-namespaces
The operator's log:         tail -f ${log}
Its metrics:                curl -s ${metrics}
What the array holds:       curl -s ${sideDoor}/credentials

Three things to try:
1. Rotate a password, and look at the array again:
  kubectl patch secret node-a-chap -n databases -p '{"stringData":{"node.session.auth.password":"sample-rotated-2"}}'
2. Change the array behind the operator's back; ten seconds later it is corrected, and an Event tells:
  curl -s ${sideDoor}/actions -d '{"do":"put-credential","svm":"svm1","initiator":"iqn.1994-05.com.redhat:databases:retired","authenticationType":"none"}'
  kubectl events -n databases --for iscsicredential/retired-host
3. Let the array refuse connections for half a minute, and see who says so:
  curl -s ${sideDoor}/actions -d '{"do":"refuse-connections","forMs":30000}'
  kubectl get ontapconnections -n storage --watch
Press Ctrl-C here to stop and remove everything.`;
