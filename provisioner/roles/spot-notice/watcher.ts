import { type NodeValue, type Text, text } from '../../engine/shell';

/**
 * The program that waits for AWS to take a spot instance back. It asks the instance's metadata every five seconds, as AWS
 * recommends (EC2 user guide, "Spot Instance interruption notices"), and then has two minutes.
 *
 * It acts with the kubelet's own credentials, which may cordon their own node and evict the pods on it, and nothing else
 * (Kubernetes, "Using Node Authorization" and the admission plugin NodeRestriction). They may not read DaemonSets, which
 * `kubectl drain` wants: so it evicts by itself.
 */
export function watcher(nodeName: NodeValue): Text {
  return text`${HEAD}${nodeName}${REST}`;
}

const HEAD = `#!/bin/sh
# Written by stagecraft: changes made here are lost at its next run.
# Leaves the cluster when AWS takes this spot instance back, and comes back with it.
set -eu
node=`;

const REST = `
metadata=\${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
# That this program, and nobody else, has cordoned the node. It is on the disk, which outlives a stop.
mark=\${SC_STATE:-/var/lib/stagecraft}/spot-notice

kube() {
  k3s kubectl --kubeconfig /var/lib/rancher/k3s/agent/kubelet.kubeconfig --request-timeout=5s "$@"
}

# notice: prints 200 when this instance is taken back, 404 when it is not; anything else is no answer.
notice() {
  token=$(curl -fsS --max-time 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/latest/api/token") || return 0
  printf 'header = "X-aws-ec2-metadata-token: %s"\\n' "$token" |
    curl -sS --max-time 2 -o /dev/null -w '%{http_code}' -K - "$metadata/latest/meta-data/spot/instance-action" || :
}

# staying: the pods that have to go, as "namespace name": not those of DaemonSets, of the node itself, or done.
staying() {
  kube get pods --all-namespaces --field-selector "spec.nodeName=$node" -o go-template='{{range .items}}{{.metadata.namespace}} {{.metadata.name}} {{with .metadata.ownerReferences}}{{(index . 0).kind}}{{else}}none{{end}} {{.status.phase}} {{if .metadata.deletionTimestamp}}leaving{{else}}here{{end}}{{"\\n"}}{{end}}' |
    awk '$3 != "DaemonSet" && $3 != "Node" && $4 != "Succeeded" && $4 != "Failed" && $5 == "here" { print $1, $2 }'
}

evict() {
  printf '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"namespace":"%s","name":"%s"}}' "$1" "$2" |
    kube create --raw "/api/v1/namespaces/$1/pods/$2/eviction" -f - >/dev/null
}

leave() {
  if [ ! -e "$mark" ]; then
    cordoned=$(kube get node "$node" -o 'jsonpath={.spec.unschedulable}') || return 1
    # Cordoned by somebody else: theirs to take back.
    if [ "$cordoned" != true ]; then
      echo "AWS takes this instance back: $node leaves the cluster"
      touch "$mark" || return 1
    fi
    kube patch node "$node" -p '{"spec":{"unschedulable":true}}' >/dev/null || return 1
  fi
  # What a disruption budget keeps is tried again, until the instance stops.
  staying | while read -r namespace pod; do
    if evict "$namespace" "$pod" </dev/null; then echo "evicted $namespace/$pod"; fi
  done
}

come_back() {
  kube patch node "$node" -p '{"spec":{"unschedulable":null}}' >/dev/null || return 1
  rm -f "$mark"
  echo "this instance was not taken, or is back: $node takes pods again"
}

while :; do
  case $(notice) in
    200) leave || echo 'the API does not answer: trying again' ;;
    404) [ ! -e "$mark" ] || come_back || echo 'the API does not answer: trying again' ;;
  esac
  sleep 5
done
`;

export const unit = `# Written by stagecraft: changes made here are lost at its next run.
[Unit]
Description=Leaves the cluster when AWS takes this spot instance back
After=network-online.target k3s-agent.service
Wants=network-online.target

[Service]
ExecStart=/usr/local/lib/stagecraft/spot-notice
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`;
