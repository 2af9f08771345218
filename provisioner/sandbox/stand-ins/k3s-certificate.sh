# shellcheck shell=sh disable=SC2154 # assigned by the k3s stand-in, which reads this
# Part of the simulated k3s of a sandbox node: certificates of the simulated cluster's authority, with the lifetimes and in the
# places of the real one, and `k3s certificate`. The k3s stand-in reads it; `data`, `work`, `fetch` and `log` are its own.

# Within 120 days of its end a certificate is renewed at each start, with its key (docs.k3s.io, `k3s certificate`).
RENEW_SECONDS=10368000

# write_certificates ROLE NAME ETCD: as at a start of K3s. What is there and not near its end stays.
write_certificates() {
  if [ "$1" = server ]; then
    for authority in server-ca client-ca request-header-ca; do fetch ca >"$data/server/tls/$authority.crt"; done
    certificate "$data/server/tls/client-admin" /O=system:masters/CN=system:admin clientAuth
    certificate "$data/server/tls/client-kube-apiserver" /CN=system:apiserver clientAuth
    certificate "$data/server/tls/serving-kube-apiserver" /CN=kube-apiserver serverAuth
    if [ "$3" = yes ]; then
      mkdir -p "$data/server/tls/etcd"
      for authority in peer-ca server-ca; do fetch ca >"$data/server/tls/etcd/$authority.crt"; done
      certificate "$data/server/tls/etcd/server-client" /CN=etcd-server serverAuth
      certificate "$data/server/tls/etcd/peer-server-client" /CN=etcd-peer serverAuth,clientAuth
    fi
  fi
  fetch ca >"$data/agent/client-ca.crt"
  certificate "$data/agent/client-kubelet" "/O=system:nodes/CN=system:node:$2" clientAuth
  certificate "$data/agent/serving-kubelet" "/CN=$2" serverAuth
}

# certificate FILE SUBJECT USAGES
certificate() {
  if [ -s "$1.crt" ] && openssl x509 -noout -checkend "$RENEW_SECONDS" -in "$1.crt" >/dev/null 2>&1; then return 0; fi
  if [ ! -s "$1.key" ]; then openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; fi
  openssl req -new -key "$1.key" -subj "$2" -out "$work/request"
  fetch certificate --data-urlencode "request@$work/request" --data-urlencode "usages=$3" >"$1.crt.new"
  mv "$1.crt.new" "$1.crt"
}

certificate_command() {
  case ${1-} in
    check) shift && certificate_check "$@" ;;
    rotate) certificate_rotate ;;
    *) echo "k3s certificate ${1-}: not simulated by the stagecraft sandbox" >&2 && exit 1 ;;
  esac
}

# Files of certificates that are not an authority's, without their suffix.
leaves() {
  for leaf in "$data"/server/tls/*.crt "$data"/server/tls/etcd/*.crt "$data"/agent/*.crt; do
    case $leaf in *-ca.crt | *'*'*) ;; *) printf '%s\n' "${leaf%.crt}" ;; esac
  done
}

certificate_check() {
  format=text
  while [ $# -gt 0 ]; do
    case $1 in -o | --output) format=${2-} && shift ;; --output=*) format=${1#*=} ;; esac
    shift
  done
  leaves | while IFS= read -r leaf; do
    name=${leaf##*/}.crt
    subject=$(openssl x509 -noout -subject -nameopt sep_multiline -in "$leaf.crt" | sed -n 's/^ *CN=//p')
    ends=$(openssl x509 -noout -enddate -in "$leaf.crt")
    case $format in
      json) printf '%s{"Filename":"%s","Subject":"%s","ExpiryTime":"%s"}\n' "${comma-}" "$name" "$subject" "$(date -u -d "${ends#*=}" +%Y-%m-%dT%H:%M:%SZ)" ;;
      *) log info "$name: certificate $subject is ok, expires at $(date -u -d "${ends#*=}" +%Y-%m-%dT%H:%M:%SZ) (simulated)" ;;
    esac
    comma=,
  done >"$work/certificates"
  if [ "$format" = json ]; then printf '{"Certificates":[%s]}\n' "$(tr -d '\n' <"$work/certificates")"; else cat "$work/certificates"; fi
}

certificate_rotate() {
  place=$data/server
  if [ ! -d "$place" ]; then place=$data/agent; fi
  backup=$place/tls-$(date +%s)
  mkdir -p "$backup"
  leaves | while IFS= read -r leaf; do
    cp -p "$leaf.crt" "$leaf.key" "$backup/"
    rm -f "$leaf.crt" "$leaf.key"
  done
  log info "Successfully backed up certificates to $backup, please restart k3s server or agent to rotate certificates (simulated)"
}
