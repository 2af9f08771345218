# shellcheck shell=sh
# What tasks may ask of the node, and say to the operator.

# sc_say MESSAGE: tells the operator something even from a sensitive task: why it failed, never a secret.
sc_say() {
  echo "$1" >&4
}

# sc_fetch URL FILE: downloads with retries; an HTTP error is a failure and leaves no file. The controller knows its last
# words (advice.ts).
sc_fetch() {
  for sc_try in 1 2 3; do
    if curl --fail --silent --show-error --location --retry 5 --retry-delay 1 --retry-connrefused \
      --connect-timeout 10 --speed-limit 1024 --speed-time 30 --output "$2" -- "$1"; then
      return 0
    else
      sc_code=$?
    fi
    # Cut in the middle (a partial file, a receive error, an HTTP/2 stream): curl's own retries leave these out.
    case $sc_try$sc_code in [12]18 | [12]56 | [12]92) sleep 1 ;; *)
      rm -f "$2"
      echo "download of $1 failed" >&2
      return 1
      ;;
    esac
  done
}

# sc_identify: this node's id, as the bundle's table has it, in SC_ID: from the transport, the agent, or the metadata.
sc_identify() {
  SC_ID=${STAGECRAFT_NODE_ID:-${AWS_SSM_INSTANCE_ID:-}}
  [ -n "$SC_ID" ] || SC_ID=$(sc_imds meta-data/instance-id) || sc_die 'this node does not know its own instance id'
}

# sc_fact NAME: a fact about the node that tasks may use as a value.
sc_fact() {
  case $1 in
    arch)
      case $(uname -m) in
        x86_64) echo amd64 ;;
        aarch64) echo arm64 ;;
        *) uname -m ;;
      esac
      ;;
    hostname) uname -n ;;
    os_id) sc_os_release ID ;;
    os_version) sc_os_release VERSION_ID ;;
    os_codename) sc_os_release VERSION_CODENAME ;;
  esac
}

# sc_os_release KEY: a value of /etc/os-release (os-release(5): shell-compatible assignments).
sc_os_release() {
  sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" /etc/os-release
}
