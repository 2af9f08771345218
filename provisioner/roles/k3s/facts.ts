import { type Shell, sh } from '../../engine/shell';
import { paths } from './parts';

/**
 * What a node's K3s says of itself, with nothing started for it:
 *
 *     k3s_version                                the release that is installed
 *     k3s_certificate_expires, k3s_certificate   the certificate that expires first, and whose it is
 *     k3s_ca_expires                             the authority that expires first
 *     cluster_nodes                              on a server that runs: every node of the cluster, by name
 *
 * Times are ISO 8601 in UTC. Nothing is printed of what is not there.
 */
export function k3sFacts(): Shell {
  return sh`if [ -x ${paths.binary} ]; then
  timeout 20 ${paths.binary} --version 2>/dev/null | sed -n 's/^k3s version \\([^ ]*\\).*/k3s_version=\\1/p'
fi
certificates() {
  for file in ${`${paths.data}/server/tls`}/*.crt ${`${paths.data}/server/tls/etcd`}/*.crt ${`${paths.data}/agent`}/*.crt; do
    if [ -s "$file" ]; then cat "$file"; fi
  done
}
if [ -d ${`${paths.data}/agent`} ] && command -v openssl >/dev/null 2>&1; then
  certificates | openssl crl2pkcs7 -nocrl -certfile /dev/stdin 2>/dev/null |
    openssl pkcs7 -print_certs -text -noout 2>/dev/null | awk ${earliest}
fi
if systemctl is-active --quiet k3s.service 2>/dev/null; then
  names=$(timeout 20 k3s kubectl get nodes --output name --request-timeout=10s 2>/dev/null) || names=''
  if [ -n "$names" ]; then printf 'cluster_nodes=%s\\n' "$(printf '%s\\n' "$names" | sed 's|^node/||' | paste -sd , -)"; fi
fi`;
}

/** The earliest end of an authority and of any other certificate, in openssl's text of many. */
const earliest = `
/^Certificate:/ { take(); open = 1; authority = 0 }
/^ *Not After *: / {
  month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $4) + 2) / 3
  ends = sprintf("%04d-%02d-%02dT%sZ", $7, month, $5, $6)
}
/^ *Subject: / { subject = $0; sub(/^.*CN ?= ?/, "", subject); sub(/,.*/, "", subject) }
/^ *CA:TRUE/ { authority = 1 }
END {
  take()
  if (ca != "") print "k3s_ca_expires=" ca
  if (leaf != "") print "k3s_certificate_expires=" leaf "\\nk3s_certificate=" whose
}
function take() {
  if (!open) return
  if (authority) { if (ca == "" || ends < ca) ca = ends }
  else if (leaf == "" || ends < leaf) { leaf = ends; whose = subject }
}`;
