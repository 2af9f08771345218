# shellcheck shell=sh disable=SC2154 # assigned by the k3s stand-in, which reads this
# Part of the simulated k3s of a sandbox node: the embedded etcd's snapshots, on the node and in S3, and `--cluster-reset`.
# The k3s stand-in reads it; `data`, `config`, `work`, `ask`, `log` and `fatal` are its own.

keep_cluster_id() {
  mkdir -p "$data/server/db/etcd" "$data/server/db/snapshots"
  ask /k3s/etcd/cluster-id
  if [ "$status" = 200 ]; then cp "$work/answer" "$data/server/db/etcd/cluster-id"; fi
  rm -f "$data/server/db/reset-flag"
}

# A real database in the place of K3s's, so that its backup is a real one. What the cluster knows is not in it.
keep_sqlite() {
  if [ -s "$data/server/db/state.db" ] || ! command -v python3 >/dev/null 2>&1; then return 0; fi
  python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("PRAGMA journal_mode=WAL")
db.execute("CREATE TABLE kine (id INTEGER PRIMARY KEY AUTOINCREMENT, name INTEGER, value BLOB)")
db.execute("INSERT INTO kine (name, value) VALUES (?, ?)", ("/bootstrap/simulated", b"simulated by the stagecraft sandbox"))
db.commit()' "$data/server/db/state.db"
}

# --- k3s etcd-snapshot --------------------------------------------------------------------------------------------

etcd_snapshot() {
  verb=${1:-save}
  if [ $# -gt 0 ]; then shift; fi
  base=on-demand keep='' format='' wanted=''
  read_config
  while [ $# -gt 0 ]; do
    case $1 in
      --*=*) option=${1%%=*} value=${1#*=} ;;
      --etcd-s3 | --s3 | --etcd-snapshot-compress | --snapshot-compress) option=$1 value=true ;;
      -*) option=$1 value=${2-} && shift ;;
      *) option='' value=$1 ;;
    esac
    case $option in
      --name) base=$value ;;
      --snapshot-retention | --etcd-snapshot-retention) keep=$value ;;
      -o | --output) format=$value ;;
      --etcd-s3 | --s3) s3=$value ;;
      --etcd-snapshot-compress | --snapshot-compress) compress=$value ;;
      '') wanted="$wanted $value" ;;
      *) echo "Incorrect Usage: flag provided but not defined: $option (simulated)" >&2 && exit 1 ;;
    esac
    shift
  done
  case $verb in
    save) snapshot_save ;;
    ls | list | l) snapshot_list ;;
    prune) snapshot_prune ;;
    delete) for old in $wanted; do snapshot_delete "$old"; done ;;
    *) echo "No help topic for '$verb' (simulated)" >&2 && exit 3 ;;
  esac
}

# What the server's configuration says of snapshots.
read_config() {
  setting() { sed -n "s/^$1: *\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" "$config/config.yaml" 2>/dev/null | tail -n 1; }
  s3=$(setting etcd-s3) bucket=$(setting etcd-s3-bucket) folder=$(setting etcd-s3-folder) region=$(setting etcd-s3-region)
  compress=$(setting etcd-snapshot-compress)
  node=$(setting node-name)
  node=${node:-$(hostname)}
  snapshots=$data/server/db/snapshots
}

snapshot_save() {
  ask /k3s/etcd/snapshot --data-urlencode "name=$node"
  if [ "$status" != 200 ]; then fatal "Error: see server log for details: $(cat "$work/answer")"; fi
  name=$base-$node-$(date +%s)
  if [ "$compress" = true ]; then name=$name.zip; fi
  mkdir -p "$snapshots"
  (umask 077 && cp "$work/answer" "$snapshots/$name")
  # As the real one, which says so in its journal and succeeds.
  if [ "$s3" = true ]; then
    s3_call PUT "$name" "$snapshots/$name" || log error "Error received during snapshot upload to S3: $(cat "$work/s3")"
  fi
  log info "Snapshot $name saved. (simulated)"
}

# NAME LOCATION SIZE CREATED, a line a snapshot.
snapshot_lines() {
  for file in "$snapshots"/*; do
    if [ -f "$file" ]; then
      printf '%s file://%s %s %s\n' "${file##*/}" "$file" "$(($(wc -c <"$file")))" "$(date -u -r "$file" +%Y-%m-%dT%H:%M:%SZ)"
    fi
  done
  if [ "$s3" != true ]; then return 0; fi
  s3_call LIST || fatal "failed to list snapshots in S3: $(cat "$work/s3")"
  sed 's|</Contents>|&\n|g' "$work/s3" | sed -n 's|.*<Key>\([^<]*\)</Key><LastModified>\([^<]*\)</LastModified>.*<Size>\([0-9]*\)</Size>.*|\1 \3 \2|p' |
    while read -r key size created; do
      printf '%s s3://%s/%s %s %s\n' "${key##*/}" "$bucket" "$key" "$size" "$(echo "$created" | sed 's/[.][0-9]*Z/Z/')"
    done
}

snapshot_list() {
  snapshot_lines | sort >"$work/list"
  if [ "$format" = json ]; then
    awk 'BEGIN { printf "{\"kind\":\"List\",\"items\":[" } { printf "%s{\"spec\":{\"snapshotName\":\"%s\",\"location\":\"%s\"},\"status\":{\"size\":\"%s\",\"creationTime\":\"%s\"}}", (NR > 1 ? "," : ""), $1, $2, $3, $4 } END { print "]}" }' "$work/list"
  else
    { echo 'Name Location Size Created' && cat "$work/list"; } | awk '{ printf "%-50s %-100s %-8s %s\n", $1, $2, $3, $4 }'
  fi
}

snapshot_delete() {
  rm -f "${snapshots:?}/$1"
  if [ "$s3" = true ]; then s3_call DELETE "$1" || fatal "failed to delete from S3: $(cat "$work/s3")"; fi
  log info "Snapshot $1 deleted. (simulated)"
}

# All but the newest of those whose names begin so: of this node's own, and of everybody's in S3.
snapshot_prune() {
  if [ -z "$keep" ]; then keep=5; fi
  snapshot_lines >"$work/all"
  surplus file | while IFS= read -r old; do rm -f "${snapshots:?}/$old"; done
  surplus s3 | while IFS= read -r old; do s3_call DELETE "$old" || log error "failed to delete from S3: $(cat "$work/s3")"; done
}

# surplus file|s3: names, by the time that they end with.
surplus() {
  awk -v begin="$base" -v place="$1:" 'index($1, begin) == 1 && index($2, place) == 1 { time = $1; sub(/[.]zip$/, "", time); sub(/.*-/, "", time); print time, $1 }' "$work/all" |
    sort -n | head -n "-$keep" | cut -d ' ' -f 2
}

# s3_call METHOD [NAME] [FILE]: one request with the role of this node; the answer is in $work/s3.
s3_call() {
  metadata=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
  session=$(curl -fsS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "${metadata%/}/latest/api/token") || return 1
  imds() { curl -fsS -H "X-aws-ec2-metadata-token: $session" "${metadata%/}/latest/meta-data/iam/security-credentials/$1"; }
  imds "$(imds '')" | sed 's/[,{}]/\n/g' | sed -n 's/^ *"\([A-Za-z]*\)" *: *"\(.*\)" *$/\1 \2/p' >"$work/role"
  of_role() { sed -n "s/^$1 //p" "$work/role"; }
  case $1 in
    LIST) method=GET target="/$bucket?list-type=2&prefix=$(printf %s "$folder/" | sed 's,/,%2F,g')" ;;
    *) method=$1 target="/$bucket/$folder/$2" ;;
  esac
  {
    printf 'url = "%s%s"\nrequest = "%s"\n' "${AWS_ENDPOINT_URL_S3:-https://s3.$region.amazonaws.com}" "$target" "$method"
    printf 'user = "%s:%s"\naws-sigv4 = "aws:amz:%s:s3"\n' "$(of_role AccessKeyId)" "$(of_role SecretAccessKey)" "$region"
    printf 'header = "X-Amz-Security-Token: %s"\n' "$(of_role Token)"
    if [ $# -gt 2 ]; then printf 'data-binary = "@%s"\nheader = "Content-Type: application/octet-stream"\n' "$3"; fi
  } | curl -sS -o "$work/s3" -w '%{http_code}' -K - >"$work/s3-status" || return 1
  case $(cat "$work/s3-status") in 2??) ;; *) return 1 ;; esac
}

# --- k3s server --cluster-reset -----------------------------------------------------------------------------------

# cluster_reset NAME SNAPSHOT S3: the snapshot may be empty; S3 is whether it comes from there.
cluster_reset() {
  restore=$2 from_s3=$3
  flag=$data/server/db/reset-flag
  if [ -e "$flag" ]; then
    fatal "Managed etcd cluster membership was reset, please remove the cluster-reset flag and start k3s normally. If you need to perform another cluster reset, you must first manually delete the file at $flag"
  fi
  read_config
  set -- "$1"
  if [ -n "$restore" ]; then
    file=$restore
    if [ "$from_s3" = true ]; then
      mkdir -p "$snapshots"
      file=$snapshots/${restore##*/}
      s3_call GET "${restore##*/}" || fatal "failed to download snapshot from S3: object $folder/${restore##*/} in bucket $bucket: $(cat "$work/s3")"
      (umask 077 && cp "$work/s3" "$file")
    fi
    if [ ! -s "$file" ]; then fatal "etcd: snapshot path does not exist: $file"; fi
    set -- "$1" --data-urlencode "snapshot@$file"
  fi
  member=$1
  shift
  ask /k3s/etcd/reset --data-urlencode "name=$member" --data-urlencode "token@$work/token" "$@"
  if [ "$status" != 200 ]; then fatal "$(cat "$work/answer")"; fi
  if [ -d "$data/server/db/etcd" ]; then mv "$data/server/db/etcd" "$data/server/db/etcd-old-$(date +%s)"; fi
  keep_cluster_id
  : >"$flag"
  log info 'Managed etcd cluster membership has been reset, restart without --cluster-reset flag now. Backup and delete server/db on each peer etcd server and rejoin the nodes (simulated)'
}
