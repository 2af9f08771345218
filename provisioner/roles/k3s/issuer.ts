import { type Shell, sh, words } from '../../engine/shell';
import type { Task } from '../../engine/task';
import { type Inventory, issuerDocuments } from '../../inventory/schema';
import { command } from '../../tasks';
import type { RoleContext } from '../context';
import { isFirstToAnswer } from './first-to-answer';
import { server } from './parts';
import { asksS3, bucketAt } from './s3';

/** Who K3s signs service account tokens as by itself (k3s-io/k3s, `pkg/daemons/control/server.go`). */
const OWN_ISSUER = 'https://kubernetes.default.svc.cluster.local';

/**
 * Arguments of the API server by which tokens are signed in the name of an issuer that others can look up. Of several
 * issuers the first signs and all are accepted (kubernetes.io, kube-apiserver), so tokens from before live on. Whom a token
 * is for stays as K3s has it: `api-audiences` is an argument of its own there and does not follow the issuer.
 */
export function issuerArguments({ workloadIdentity }: Inventory): readonly string[] {
  if (workloadIdentity === undefined) return [];
  const { issuer } = workloadIdentity;
  return [
    `service-account-issuer=${issuer}`,
    `service-account-issuer=${OWN_ISSUER}`,
    `service-account-jwks-uri=${issuer}/${issuerDocuments.keys}`,
  ];
}

/**
 * The issuer's public documents are in their bucket as the API server has them: who it is, and the keys that it signs with.
 * The check reads them as STS does, without credentials. The first server that answers does it for all, when every server
 * has been restarted with its configuration.
 */
export function issuerTasks(context: RoleContext): Task[] {
  const { region, workloadIdentity } = context.inventory;
  if (workloadIdentity === undefined) return [];
  return [
    command({
      name: 'documents of the token issuer',
      onlyIf: isFirstToAnswer(context),
      unless: sh`if ! systemctl is-active --quiet ${server.unit}; then
  echo 'K3s does not run here yet'
  exit 1
fi
${defines(workloadIdentity)}
differs=''
for document in ${documents}; do
  served || exit 1
  public || differs=yes
done
[ -z "$differs" ]`,
      command: sh`${defines(workloadIdentity)}
${definesPut(region, workloadIdentity.bucket)}
for document in ${documents}; do
  served || exit 1
  put || exit 1
done`,
      tags: ['issuer'],
    }),
  ];
}

/** Keys first: whoever finds the other one finds what it points to. */
const documents = words([issuerDocuments.keys, issuerDocuments.discovery]);

/**
 * Functions about `$document`: `served` puts what the API server says of it into a file, `public` compares that with what
 * everybody reads. `base` is where the bucket is; in the sandbox not at its own host.
 */
function defines({ issuer, bucket }: NonNullable<Inventory['workloadIdentity']>): Shell {
  return sh`${bucketAt(issuer, bucket)}
served() {
  if ! k3s kubectl get --raw "/$document" >"$SC_TMP/served" 2>"$SC_TMP/why"; then
    echo "the API server does not tell /$document: $(cat "$SC_TMP/why")"
    return 1
  fi
  if [ "$document" = ${issuerDocuments.discovery} ] && [ "$(sc_json issuer <"$SC_TMP/served")" != ${issuer} ]; then
    echo "the API server signs as $(sc_json issuer <"$SC_TMP/served"), not as "${issuer}': it has not started with its configuration yet; provision the servers without --tags'
    return 1
  fi
}
public() {
  status=$(curl -s --connect-timeout 5 --max-time 20 --retry 3 -o "$SC_TMP/public" -w '%{http_code}' "$base/$document") || status=000
  case $status in
    200) diff -u -L "$document" -L "$document" "$SC_TMP/public" "$SC_TMP/served" ;;
    *)
      echo "$base/$document is not public: status $status"
      return 1
      ;;
  esac
}`;
}

/** A function `put`: `$document` as it is served into the bucket, with the node's role. */
function definesPut(region: string, bucket: string): Shell {
  return sh`bucket=${bucket}
${asksS3(region)}
put() {
  s3 "url = \\"$base/$document\\"
request = \\"PUT\\"
data-binary = \\"@$SC_TMP/served\\"
header = \\"Content-Type: application/json\\""
  if [ "$status" = 200 ]; then return 0; fi
  echo "S3 did not take $document for the bucket $bucket: status $status $(s3_code)"
  echo 'The bucket and the right to write these two objects come with the deployment: npx cdktf deploy, then provision again.'
  return 1
}`;
}
