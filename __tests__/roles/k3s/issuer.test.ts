import { issuerDocuments } from '../../../provisioner/inventory/schema';
import { issuerTasks } from '../../../provisioner/roles/k3s/issuer';
import { type Bench, bench, lint, shellcheck, shells } from '../../tasks/harness';
import { exampleContext, exampleInventory, exampleIssuer } from '../example';

const { issuer } = exampleIssuer;
const discovery = (signer = issuer) =>
  JSON.stringify({ issuer: signer, jwks_uri: `${issuer}/openid/v1/jwks`, response_types_supported: [] });
const keys = (id: string) =>
  JSON.stringify({ keys: [{ use: 'sig', kty: 'RSA', kid: id, n: 'AQ', e: 'AQAB' }] });

function task() {
  const context = exampleContext({}, exampleInventory(1, { workloadIdentity: exampleIssuer }));
  const [found, ...more] = issuerTasks(context);
  if (found === undefined || more.length > 0) throw new Error('not one task');
  return found;
}

test('without an issuer in the inventory there is nothing to publish', () => {
  expect(issuerTasks(exampleContext())).toEqual([]);
});

describe.each(shells)('the documents of the issuer under $name', (shell) => {
  let on: Bench;

  beforeEach(() => {
    on = bench({ shell });
    on.fake('systemctl', 'exit 0');
    // kubectl get --raw PATH, as the API server of this node answers it.
    on.fake('k3s', `case $4 in *jwks) cat '${on.dir}/api/keys' ;; *) cat '${on.dir}/api/discovery' ;; esac`);
    on.write('api/keys', keys('one'));
    on.write('api/discovery', discovery());
    on.write('bucket/none', '');
    on.write('calls', '');
    on.write('refused', '');
    on.fake('curl', s3AndMetadata(on.dir));
  });
  afterEach(() => on.remove());

  const published = (key: string) => on.read(`bucket/${key.replaceAll('/', '_')}`);

  it('come into the bucket as the API server has them, and then are as wanted', () => {
    const { before } = on.converge(task());
    expect(before.output).toContain(`${issuer}/openid/v1/jwks is not public: status 403`);
    expect(published(issuerDocuments.keys)).toBe(keys('one'));
    expect(published(issuerDocuments.discovery)).toBe(discovery());
    expect(on.check(task())).toEqual({ code: 0, output: '', said: '' });
  });

  it('are put there with the role of the node, whose credentials are in no argument', () => {
    on.converge(task());
    const puts = on
      .read('configs')
      .split('\n--\n')
      .filter((config) => config.includes('request = "PUT"'));
    expect(puts).toHaveLength(2);
    for (const put of puts) {
      expect(put).toContain('user = "AKID:SECRET"');
      expect(put).toContain('aws-sigv4 = "aws:amz:ap-northeast-2:s3"');
      expect(put).toContain('header = "X-Amz-Security-Token: SESSION"');
      expect(put).toContain('header = "Content-Type: application/json"');
    }
    expect(puts[0]).toContain(`url = "${issuer}/${issuerDocuments.keys}"`);
    expect(on.read('calls')).not.toMatch(/SECRET|SESSION/);
  });

  it('follow a new key of the cluster, and show what differs', () => {
    on.converge(task());
    on.write('api/keys', keys('two'));
    const { before } = on.converge(task());
    expect(before.output).toContain('-{"keys":[{"use":"sig","kty":"RSA","kid":"one"');
    expect(published(issuerDocuments.keys)).toBe(keys('two'));
  });

  it('are not published while the API server signs in another name', () => {
    on.write('api/discovery', discovery('https://kubernetes.default.svc.cluster.local'));
    expect(on.check(task())).toMatchObject({ code: 1 });
    const applied = on.apply(task());
    expect(applied.code).toBe(1);
    expect(applied.output).toContain('signs as https://kubernetes.default.svc.cluster.local, not as ');
    expect(applied.output).toContain('provision the servers without --tags');
  });

  it('wait for K3s: a bare node is only told that it does not run', () => {
    on.fake('systemctl', 'exit 3');
    on.fake('k3s', 'exit 99');
    expect(on.check(task())).toEqual({ code: 1, output: 'K3s does not run here yet\n', said: '' });
  });

  it('that S3 does not take fail with its code and what to do', () => {
    on.write('refused', 'yes');
    const applied = on.apply(task());
    expect(applied.code).toBe(1);
    expect(applied.output).toContain(`for the bucket ${exampleIssuer.bucket}: status 403 AccessDenied`);
    expect(applied.output).toContain('npx cdktf deploy');
  });

  it('that the API server does not tell fail with its words', () => {
    on.fake('k3s', 'echo "the server is currently unable" >&2; exit 1');
    expect(on.check(task())).toMatchObject({
      code: 1,
      output: 'the API server does not tell /openid/v1/jwks: the server is currently unable\n',
    });
  });

  (shellcheck ? it : it.skip)('are clean', () => {
    expect(lint(task())).toBe('');
  });
});

/** A stand-in for curl, with the instance's metadata and the issuer's bucket behind it. */
function s3AndMetadata(dir: string): string {
  return `echo "$*" >>'${dir}/calls'
out=/dev/stdout url='' config=''
while [ $# -gt 0 ]; do
  case $1 in
    -o) out=$2; shift ;;
    -w | -X | -H | --connect-timeout | --max-time | --retry) shift ;;
    -K) config=$(cat); shift ;;
    -*) ;;
    *) url=$1 ;;
  esac
  shift
done
if [ -n "$config" ]; then printf '%s\\n--\\n' "$config" >>'${dir}/configs'; fi
if [ -z "$url" ]; then url=$(printf '%s\\n' "$config" | sed -n 's/^url = "\\(.*\\)"$/\\1/p'); fi
case $url in
  */latest/api/token) echo token; exit ;;
  */security-credentials/) echo node-role; exit ;;
  */security-credentials/node-role)
    echo '{ "AccessKeyId": "AKID", "SecretAccessKey": "SECRET", "Token": "SESSION" }'; exit ;;
esac
object=${dir}/bucket/$(printf '%s' "\${url#${issuer}/}" | tr / _)
source=$(printf '%s\\n' "$config" | sed -n 's/^data-binary = "@\\(.*\\)"$/\\1/p')
if [ -n "$source" ] && [ -z "$(cat '${dir}/refused')" ]; then cp "$source" "$object"; : >"$out"; printf 200
elif [ -z "$source" ] && [ -e "$object" ]; then cat "$object" >"$out"; printf 200
else printf '<Error><Code>AccessDenied</Code></Error>\\n' >"$out"; printf 403; fi`;
}
