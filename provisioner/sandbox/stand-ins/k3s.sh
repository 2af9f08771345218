#!/bin/sh
# Simulated k3s of a sandbox node, served by the sandbox's mirror in place of the release binary. It reads the configuration
# that the real one reads, refuses what that refuses, joins by token, and holds a connection to the sandbox's cluster for
# as long as it runs: when that ends, the node is NotReady. It runs no containers.
set -u
version='@VERSION@'
lib=/usr/lib/stagecraft-sandbox
data=/var/lib/rancher/k3s
config=/etc/rancher/k3s
# What K3s's load balancer of an agent keeps: with it an agent comes back without the server that it joined.
balancer=$data/agent/etc/k3s-agent-load-balancer.json

main() {
  # Installed under these names it is these commands, as the real one.
  case ${0##*/} in kubectl | crictl | ctr) set -- "${0##*/}" "$@" ;; esac
  if [ $# -eq 0 ]; then usage && exit 0; fi
  command=$1
  shift
  case $command in
    -v | --version | version) printf 'k3s version %s (simulated by the stagecraft sandbox)\ngo version go1.24.0 (simulated)\n' "$version" ;;
    -h | --help | help) usage ;;
    server | agent) run "$command" "$@" ;;
    kubectl) kubectl "$@" ;;
    crictl | ctr) echo "$command: simulated by the stagecraft sandbox: there are no containers" ;;
    secrets-encrypt) secrets_encrypt "$@" ;;
    etcd-snapshot) part etcd && open_work && etcd_snapshot "$@" ;;
    certificate) part certificate && open_work && certificate_command "$@" ;;
    check-config) echo 'STATUS: pass (simulated by the stagecraft sandbox)' ;;
    *) echo "No help topic for '$command' (k3s is simulated by the stagecraft sandbox)" >&2 && exit 3 ;;
  esac
}

usage() {
  echo "NAME: k3s - Kubernetes, but small and simple (simulated by the stagecraft sandbox, $version)"
  echo 'COMMANDS: server agent kubectl crictl ctr check-config secrets-encrypt certificate etcd-snapshot'
}

# part NAME: a part of this stand-in that a file of its own holds.
part() {
  if [ ! -r "$lib/k3s-$1.sh" ]; then fatal 'this simulated k3s runs on nodes of the stagecraft sandbox, as root'; fi
  # shellcheck source=/dev/null
  . "$lib/k3s-$1.sh"
}

log() { printf 'time="%s" level=%s msg="%s"\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$2" >&2; }

fatal() {
  log fatal "$1"
  exit 1
}

# ask PATH CURL-ARGUMENT...: a request to the sandbox's cluster. Sets status and leaves the answer in $work/answer.
ask() {
  path=$1
  shift
  status=$(curl -s -o "$work/answer" -w '%{http_code}' -H "@$lib/authorization" --data-urlencode "node=$SANDBOX_NODE" "$@" "$SANDBOX_CLUSTER$path") || status=000
}

open_work() {
  if [ ! -r "$lib/cluster.env" ]; then fatal 'this simulated k3s runs on nodes of the stagecraft sandbox, as root'; fi
  # shellcheck source=/dev/null
  . "$lib/cluster.env"
  work=$(mktemp -d /run/stagecraft-sandbox/k3s.XXXXXX)
  trap 'rm -rf "$work"' EXIT
}

# --- server and agent ---------------------------------------------------------------------------------------------

run() {
  role=$1
  shift
  open_work
  log info "Starting k3s $role $version (simulated by the stagecraft sandbox)"
  for argument in "$@"; do
    set -- "$@" --data-urlencode "arg=$argument"
    shift
  done
  for file in "${K3S_CONFIG_FILE:-$config/config.yaml}" "$config"/config.yaml.d/*.yaml; do
    if [ -e "$file" ]; then set -- "$@" --data-urlencode "path=$file" --data-urlencode "file@$file"; fi
  done
  for variable in K3S_URL K3S_TOKEN_FILE K3S_NODE_NAME K3S_KUBECONFIG_MODE; do
    if printenv "$variable" >/dev/null; then set -- "$@" --data-urlencode "env=$variable=$(printenv "$variable")"; fi
  done
  if [ -d "$data/server/db/etcd" ]; then set -- "$@" --data-urlencode etcd=yes; fi
  if [ -e "$balancer" ]; then set -- "$@" --data-urlencode "servers@$balancer"; fi
  ask /k3s/plan --data-urlencode "role=$role" --data-urlencode "version=$version" --data-urlencode "hostname=$(hostname)" "$@"
  case $status in
    200) ;;
    422) fatal "$(cat "$work/answer")" ;;
    *) fatal "the sandbox does not answer (status $status)" ;;
  esac
  plan='' name='' reset='' restore='' s3='' token_file='' token='' mode='' protect='' kubeconfig='' etcd=no packaged='' disabled=''
  # Assignments that the sandbox has quoted.
  eval "$(cat "$work/answer")"
  if [ "$protect" = true ]; then check_kernel; fi
  find_token
  if [ "$role" = server ]; then
    part etcd
    if [ "$reset" = true ]; then cluster_reset "$name" "$restore" "$s3" && exit 0; fi
  fi
  trap 'kill "$holder" 2>/dev/null; log info "Stopping k3s (simulated)"; exit 0' TERM INT
  holder=0
  join
  write_files
  hold
}

# What the kubelet asks for with --protect-kernel-defaults: it does not start otherwise.
check_kernel() {
  wrong=''
  for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    actual=$(cat "/proc/sys/${setting%=*}" 2>/dev/null)
    if [ "$actual" != "${setting#*=}" ]; then
      wrong="$wrong${wrong:+, }invalid kernel flag: ${setting%=*}, expected value: ${setting#*=}, actual value: $actual"
    fi
  done
  if [ -n "$wrong" ]; then fatal "kubelet exited: failed to start ContainerManager: [$wrong]"; fi
}

# The token, in a file that only root reads: never in an argument.
find_token() {
  umask 077
  if [ -n "$token_file" ]; then
    if [ ! -r "$token_file" ]; then fatal "open $token_file: no such file or directory"; fi
    cat "$token_file" >"$work/token"
  elif [ -n "$token" ]; then
    printf '%s' "$token" >"$work/token"
  elif [ -n "${K3S_TOKEN-}" ]; then
    printf '%s' "$K3S_TOKEN" >"$work/token"
  elif [ "$role" = server ]; then
    if [ -s "$data/server/token" ]; then cat "$data/server/token" >"$work/token"; else od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$work/token"; fi
  else
    fatal '--token is required'
  fi
  umask 022
}

# Until the cluster takes the node in; only a server with another cluster's token gives up.
join() {
  told=''
  while :; do
    ask /k3s/join --data-urlencode "plan=$plan" --data-urlencode "token@$work/token" --data-urlencode "cluster-id=$(cluster_id)"
    case $status in
      200) break ;;
      422) fatal "$(cat "$work/answer")" ;;
      401 | 503) reason=$(cat "$work/answer") ;;
      *) fatal "the sandbox does not answer (status $status)" ;;
    esac
    if [ "$reason" != "$told" ]; then log error "$reason"; fi
    told=$reason
    sleep 0.5
  done
  session=$(cat "$work/answer")
}

# The files that the real one leaves, as far as others look at them.
write_files() {
  mkdir -p "$data/agent/images" "$data/agent/etc" "$data/data" /etc/rancher/node
  chmod 0755 "$data" "$data/agent"
  umask 077
  if [ ! -s /etc/rancher/node/password ]; then od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >/etc/rancher/node/password; fi
  fetch kubelet >"$data/agent/kubelet.kubeconfig"
  fetch ca >"$data/agent/server-ca.crt"
  if [ "$role" = agent ]; then fetch servers >"$balancer"; fi
  if [ "$role" = server ]; then
    mkdir -p "$data/server/manifests" "$data/server/tls" "$data/server/cred" "$data/server/db" "$data/server/logs"
    fetch token --data-urlencode "token@$work/token" >"$data/server/token"
    ln -sfn "$data/server/token" "$data/server/node-token"
    ln -sfn "$data/server/token" "$data/server/agent-token"
    if [ "$etcd" = yes ]; then keep_cluster_id; else keep_sqlite; fi
    for component in $packaged; do
      printf '# Packaged component %s (simulated by the stagecraft sandbox: nothing is installed)\n' "$component" >"$data/server/manifests/$component.yaml"
    done
    for component in $disabled; do rm -f "$data/server/manifests/$component.yaml"; done
    mkdir -p "${kubeconfig%/*}"
    fetch admin >"$kubeconfig"
    chmod "$mode" "$kubeconfig"
  fi
  part certificate
  write_certificates "$role" "$name" "$etcd"
  umask 022
}

fetch() {
  what=$1
  shift
  ask "/k3s/file/$what" --data-urlencode "session=$session" "$@"
  if [ "$status" != 200 ]; then fatal "the sandbox has no file $what for this node (status $status)"; fi
  cat "$work/answer"
}

# The connection is the node's heartbeat. It ends with this process, however that ends. (Not an upload from a pipe that
# stays open: curl blocks in it before it reads the answer, or spins.)
hold() {
  mkfifo "$work/out"
  setpriv --pdeathsig KILL curl -sN -H "@$lib/authorization" "$SANDBOX_CLUSTER/k3s/session/$session" >"$work/out" &
  holder=$!
  exec 3<"$work/out"
  read -r word <&3 || word=''
  if [ "$word" != ready ]; then fatal "the cluster did not take the node in: $word"; fi
  log info "k3s is up and running (simulated): node $name is registered"
  if [ -n "${NOTIFY_SOCKET-}" ]; then : >"$NOTIFY_SOCKET"; fi
  listen <&3 &
  exec 3<&-
  wait "$holder"
  fatal 'the connection to the simulated cluster is gone'
}

cluster_id() {
  if [ "$role" = server ] && [ -s "$data/server/db/etcd/cluster-id" ]; then cat "$data/server/db/etcd/cluster-id"; fi
}

# What the cluster tells a server that runs.
listen() {
  while read -r word value; do
    if [ "$word" = token ]; then (umask 077 && printf '%s\n' "$value" >"$data/server/token"); fi
  done
}

# --- kubectl ------------------------------------------------------------------------------------------------------

kubectl() {
  open_work
  kubeconfig=${KUBECONFIG:-$config/k3s.yaml} manifest=no previous=''
  : >"$work/manifest"
  for argument in "$@"; do
    case $previous in
      --kubeconfig) kubeconfig=$argument ;;
      -f | --filename) add_manifest "$argument" ;;
    esac
    case $argument in
      --kubeconfig=*) kubeconfig=${argument#*=} ;;
      --filename=*) add_manifest "${argument#*=}" ;;
      -f?*) add_manifest "${argument#-f}" ;;
    esac
    previous=$argument
  done
  if [ ! -e "$kubeconfig" ]; then
    case " $* " in
      *' --client '* | *' --client=true '*) ;;
      *) refused localhost:8080 ;;
    esac
  fi
  if [ -x "$lib/kubernetes/kubectl" ]; then
    if [ -e "$kubeconfig" ]; then
      ask /k3s/answers
      if [ "$status" != 200 ]; then refused "$(sed -n 's|^ *server: https://||p' "$kubeconfig")"; fi
    fi
    trap - EXIT
    if [ "$manifest" = yes ]; then exec_with_manifest "$@"; fi
    rm -rf "$work"
    KUBECONFIG=$kubeconfig exec "$lib/kubernetes/kubectl" "$@"
  fi
  who=$(sed -n 's/^current-context: //p' "$kubeconfig" 2>/dev/null)
  for argument in "$@"; do
    set -- "$@" --data-urlencode "arg=$argument"
    shift
  done
  ask /kubectl --data-urlencode "as=$who" --data-urlencode "version=$version" --data-urlencode "manifest@$work/manifest" "$@"
  if [ "$status" != 200 ]; then refused "$(sed -n 's|^ *server: https://||p' "$kubeconfig")"; fi
  # Lines of both streams, marked: O and E, o without a line end; the first line is the exit code.
  sed -n 's/^E//p' "$work/answer" >&2
  awk 'NR > 1 && /^O/ { print substr($0, 2) } NR > 1 && /^o/ { printf "%s", substr($0, 2) }' "$work/answer"
  exit "$(sed -n 1p "$work/answer")"
}

add_manifest() {
  manifest=yes
  if [ "$1" = - ]; then
    cat >>"$work/manifest"
  elif [ -d "$1" ]; then
    for file in "$1"/*.yaml "$1"/*.yml "$1"/*.json; do
      if [ -e "$file" ]; then printf '\n---\n' >>"$work/manifest" && cat "$file" >>"$work/manifest"; fi
    done
  elif [ -e "$1" ]; then
    printf '\n---\n' >>"$work/manifest"
    cat "$1" >>"$work/manifest"
  else
    echo "error: the path \"$1\" does not exist" >&2
    exit 1
  fi
}

# The real kubectl reads its own files; standard input was read already.
exec_with_manifest() {
  KUBECONFIG=$kubeconfig "$lib/kubernetes/kubectl" "$@" <"$work/manifest"
  code=$?
  rm -rf "$work"
  exit "$code"
}

refused() {
  echo "The connection to the server ${1:-localhost:8080} was refused - did you specify the right host or port?" >&2
  exit 1
}

secrets_encrypt() {
  case ${1-} in
    status) echo 'Encryption Status: Enabled (simulated by the stagecraft sandbox)' ;;
    *) echo "k3s secrets-encrypt ${1-}: not simulated by the stagecraft sandbox" >&2 && exit 1 ;;
  esac
}

main "$@"
