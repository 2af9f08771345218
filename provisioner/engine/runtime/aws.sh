# shellcheck shell=sh
# What a node asks of AWS: its metadata, and services with its own role.

# sc_imds PATH: instance metadata, version 2 (a token for every session).
sc_imds() {
  sc_metadata=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
  sc_session=$(curl -fsS --connect-timeout 2 --max-time 5 --retry 2 -X PUT \
    -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "${sc_metadata%/}/latest/api/token") || return 1
  # The token goes through standard input: an argument could be read by any user of the node.
  printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$sc_session" |
    curl -fsS --connect-timeout 2 --max-time 5 --retry 2 -K - "${sc_metadata%/}/latest/$1"
}

# sc_region: the node's region, as the agent says, else from its metadata.
sc_region() {
  if [ -n "${AWS_SSM_REGION_NAME:-}" ]; then printf '%s' "$AWS_SSM_REGION_NAME"; else sc_imds meta-data/placement/region; fi
}

# sc_json KEY: the string value of the first "KEY" in the JSON on standard input, its escapes undone; 1 if there is none.
sc_json() {
  awk -v key="$1" '
    { json = json $0 "\n" }
    END {
      if (!match(json, "\"" key "\"[ \t\n]*:[ \t\n]*\"")) exit 1
      rest = substr(json, RSTART + RLENGTH)
      for (;;) {
        c = substr(rest, 1, 1)
        if (c == "") exit 1
        if (c == "\"") exit 0
        if (c != "\\") { printf "%s", c; rest = substr(rest, 2); continue }
        c = substr(rest, 2, 1); rest = substr(rest, 3)
        if (c == "u") { utf8(hex(substr(rest, 1, 4))); rest = substr(rest, 5) }
        else if (c == "n") printf "\n"
        else if (c == "t") printf "\t"
        else if (c == "r") printf "\r"
        else if (c == "b") printf "\b"
        else if (c == "f") printf "\f"
        else printf "%s", c
      }
    }
    function hex(digits,   i, n) {
      n = 0
      for (i = 1; i <= length(digits); i++) n = n * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
      return n
    }
    function utf8(code) {
      if (code >= 55296 && code < 56320 && substr(rest, 5, 2) == "\\u") {
        code = 65536 + (code - 55296) * 1024 + hex(substr(rest, 7, 4)) - 56320
        rest = substr(rest, 7)
      }
      if (code < 128) printf "%c", code
      else if (code < 2048) printf "%c%c", 192 + int(code / 64), 128 + code % 64
      else if (code < 65536) printf "%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64
      else printf "%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64
    }'
}

# sc_aws SERVICE ENDPOINT REQUEST: asks a service of AWS with the node's own role; ENDPOINT stands in for the service's own
# where it is not empty, REQUEST is the rest of curl's configuration. The answer, whatever it says, is in sc_answer.
# Credentials and request pass through pipes and builtins only: never through an argument, the environment or a file.
sc_aws() {
  # Once for each step, which is a process of its own: the metadata service gives none that end within five minutes.
  if [ -z "$sc_credentials" ]; then
    sc_role=$(sc_imds meta-data/iam/security-credentials/) || {
      sc_say "this node has no instance profile that it could ask $1 with"
      return 1
    }
    sc_credentials=$(sc_imds "meta-data/iam/security-credentials/${sc_role%%[!A-Za-z0-9+=,.@_-]*}") || return 1
    sc_where=$(sc_region) || return 1
  fi
  case $sc_where in cn-*) sc_domain=amazonaws.com.cn ;; *) sc_domain=amazonaws.com ;; esac
  for sc_pause in 1 2 3 0; do
    sc_answer=$(
      {
        printf 'url = "%s/"\n' "${2:-https://$1.$sc_where.$sc_domain}"
        printf 'user = "%s:%s"\n' "$(printf '%s' "$sc_credentials" | sc_json AccessKeyId)" \
          "$(printf '%s' "$sc_credentials" | sc_json SecretAccessKey)"
        printf 'header = "X-Amz-Security-Token: %s"\n' "$(printf '%s' "$sc_credentials" | sc_json Token)"
        printf 'aws-sigv4 = "aws:amz:%s:%s"\n' "$sc_where" "$1"
        printf '%s\n' "$3"
      } | curl -sS --connect-timeout 5 --max-time 20 --retry 5 --retry-delay 1 --retry-connrefused -K -
    ) || return 1
    # Throttling is a client's fault to AWS, which curl does not retry.
    case $sc_pause$sc_answer in [!0]*Throttling*) sleep "$sc_pause" ;; *) return 0 ;; esac
  done
}

# sc_ask_param NAME: what Parameter Store answers about a parameter, decrypted, in sc_answer.
sc_ask_param() {
  sc_aws ssm "${AWS_ENDPOINT_URL_SSM:-}" "$(
    printf 'header = "X-Amz-Target: AmazonSSM.GetParameter"\n'
    printf 'header = "Content-Type: application/x-amz-json-1.1"\n'
    printf 'data = "{\\"Name\\":\\"%s\\",\\"WithDecryption\\":true}"\n' "$1"
  )"
}

# sc_no_param NAME: says why the answer has no parameter.
sc_no_param() {
  sc_why=$(printf '%s' "$sc_answer" | sc_json message || printf '%s' "$sc_answer" | sc_json Message) || :
  sc_type=$(printf '%s' "$sc_answer" | sc_json __type) || sc_type='no answer'
  sc_say "$1 cannot be read from Parameter Store: $sc_type $sc_why"
  case "$sc_type $sc_why" in *InvalidKeyId* | *kms:Decrypt*)
    sc_say "It is encrypted with a key that is gone, or that this node may not use. Where the environment was destroyed and deployed again it is a leftover: aws ssm delete-parameter --name $1, and the next run makes a new one"
    ;;
  esac
}

# sc_param NAME: the value of a Parameter Store parameter.
sc_param() {
  sc_ask_param "$1" || return 1
  printf '%s' "$sc_answer" | sc_json Value || {
    sc_no_param "$1"
    return 1
  }
}

# sc_param_version NAME: the number of its newest version.
sc_param_version() {
  sc_ask_param "$1" || return 1
  # A quote within a value has a backslash before it, so no value can pass for this.
  sc_version=$(printf '%s' "$sc_answer" | tr -d '\n' | sed -n 's/.*"Version" *: *\([0-9][0-9]*\).*/\1/p')
  [ -n "$sc_version" ] || {
    sc_no_param "$1"
    return 1
  }
  echo "$sc_version"
}
