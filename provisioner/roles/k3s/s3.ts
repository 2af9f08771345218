import { type Shell, sh } from '../../engine/shell';

/** Sets `$base`, where a bucket is: in the sandbox not at its own host. */
export function bucketAt(url: string, bucket: string): Shell {
  return sh`base=${url}
if [ -n "\${AWS_ENDPOINT_URL_S3:-}" ]; then base=\${AWS_ENDPOINT_URL_S3%/}/${bucket}; fi`;
}

/**
 * `s3 CONFIGURATION`: a request in curl's configuration, with the node's role. Leaves the HTTP status in `$status` (000: no
 * answer) and the answer in `$SC_TMP/answer`; `s3_code` tells S3's word for what is wrong. Credentials pass through pipes
 * only.
 */
export function asksS3(region: string): Shell {
  return sh`credentials=
s3() {
  status=000
  if [ -z "$credentials" ]; then
    role=$(sc_imds meta-data/iam/security-credentials/) || return 0
    credentials=$(sc_imds "meta-data/iam/security-credentials/\${role%%[!A-Za-z0-9+=,.@_-]*}") || return 0
  fi
  status=$(
    {
      printf '%s\\n' "$1"
      printf 'user = "%s:%s"\\n' "$(printf '%s' "$credentials" | sc_json AccessKeyId)" \\
        "$(printf '%s' "$credentials" | sc_json SecretAccessKey)"
      printf 'header = "X-Amz-Security-Token: %s"\\n' "$(printf '%s' "$credentials" | sc_json Token)"
      printf 'aws-sigv4 = "aws:amz:%s:s3"\\n' ${region}
    } | curl -sS --connect-timeout 5 --max-time 20 --retry 3 -o "$SC_TMP/answer" -w '%{http_code}' -K -
  ) || status=000
}
s3_code() { sed -n 's|.*<Code>\\(.*\\)</Code>.*|\\1|p' "$SC_TMP/answer" 2>/dev/null || :; }`;
}
