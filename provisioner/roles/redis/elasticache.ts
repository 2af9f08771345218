import { type Shell, sh } from '../../engine/shell';

/**
 * Shell functions with which a node asks ElastiCache about the services' user and gives it passwords, with the node's own
 * role and in the service's Query protocol. What they find wrong ends the step, and says why.
 *
 * @param userId what ElastiCache knows the user by
 * @param parameter full name of the parameter that holds the password
 */
export function definesUser(userId: string, parameter: string): Shell {
  return sh`user=${userId}
parameter=${parameter}
# Which version of the parameter the user was given last, and "next" where another password is about to come beside it.
record=$SC_STATE/redis-password

field() {
  # shellcheck disable=SC2154 # sc_aws sets it
  printf '%s' "$sc_answer" | tr '\\n' ' ' | sed -n "s|.*<$1>\\([^<]*\\)</$1>.*|\\1|p"
}

ask() {
  sc_aws elasticache "\${AWS_ENDPOINT_URL_ELASTICACHE:-}" "$(
    printf 'data = "Action=%s&Version=2015-02-02&UserId=%s"\\n' "$1" "$user"
    printf '%s\\n' "\${2:-}"
  )" 2>"$SC_TMP/why" || {
    sc_say "ElastiCache cannot be asked: $(tail -n 1 "$SC_TMP/why")"
    exit 1
  }
  case $sc_answer in *"<$1Result"*) return 0 ;; esac
  code=$(field Code)
  # Never the service's own words: they might repeat what they are about.
  case $code in
    AccessDenied*) sc_say "the role of this node is not allowed elasticache:$1 on the user $user: deploy the environment, which grants it" ;;
    UserNotFound*) sc_say "the cache has no user $user: deploy the environment, which makes it" ;;
    InvalidParameter*) sc_say "ElastiCache does not take the value of $parameter as a password ($code)" ;;
    *) sc_say "ElastiCache refuses $1 for the user $user: \${code:-an answer that is none}" ;;
  esac
  exit 1
}

# A user that is being changed takes no other change. Sets passwords: how many open it.
settled() {
  waited=0
  pause=1
  while ask DescribeUsers; [ "$(field Status)" != active ]; do
    if [ "$waited" -ge 300 ]; then
      sc_say "the user $user is still '$(field Status)' after 5 minutes"
      exit 1
    fi
    sleep "$pause"
    waited=$((waited + pause))
    [ "$pause" -ge 8 ] || pause=$((pause * 2))
  done
  count_passwords
}

count_passwords() {
  case "$(field Type) $(field PasswordCount)" in
    'password 1') passwords=1 ;;
    'password 2') passwords=2 ;;
    *) passwords=0 ;;
  esac
}

# Sets version to the newest of the parameter, and known and waiting to what the record says; empty where it says nothing.
versions() {
  version=$(sc_param_version "$parameter" 2>"$SC_TMP/why") || {
    sc_say "$(tail -n 1 "$SC_TMP/why")"
    exit 1
  }
  known=
  known_user=
  waiting=
  if [ -r "$record" ]; then read -r known_user known waiting <"$record" || :; fi
  case $known_user:$known in
    "$user:"*[!0-9]* | "$user:") known= ;;
    "$user:"*) ;;
    *) known= ;;
  esac
}

# password N PARAMETER: a line of curl's configuration, so with no character that has a meaning there.
password() {
  value=$(sc_param "$2" 2>"$SC_TMP/why") || {
    sc_say "$(tail -n 1 "$SC_TMP/why")"
    exit 1
  }
  case $value in *[!A-Za-z0-9._~!#%*+:=^-]*) value= ;; esac
  if [ "\${#value}" -lt 16 ] || [ "\${#value}" -gt 128 ]; then
    sc_say "the value of $2 cannot be the cache's password: 16 to 128 letters, digits and . _ ~ ! # % * + : = ^ -"
    exit 1
  fi
  printf 'data-urlencode = "AuthenticationMode.Passwords.member.%s=%s"\\n' "$1" "$value"
}

# Whether a password waits in a rotation that broke off, so that no service can have it.
waits() {
  next=$(sc_param "$parameter-next" 2>/dev/null) || return 1
  [ "$next" != "$(sc_param "$parameter")" ]
}

# open_with PARAMETER [PARAMETER]: these values are the user's passwords, and nothing else opens it.
open_with() {
  request=$(password 1 "$1") || exit 1
  if [ -n "$2" ]; then
    second=$(password 2 "$2") || exit 1
    request="$request
$second"
  fi
  ask ModifyUser "data = \\"AuthenticationMode.Type=password\\"
$request"
  settled
}

remember() { printf '%s %s\\n' "$user" "$*" | sc_write "$record" 0600 root root; }

# give [VERSION]: the newest version, and this older one beside it.
give() {
  open_with "$parameter:$version" "\${1:+$parameter:$1}"
  remember "$version"
}

# The password that is about to be the newest version, beside the one that is.
give_next() {
  # Said before it is so: whoever finds two passwords then knows where the second is from.
  remember "$version" next
  open_with "$parameter-next" "$parameter:$version"
}`;
}
