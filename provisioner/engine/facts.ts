import { raw, type Shell, sh } from './shell';

/** The fact that a node was taken out of service and not put back: the mark of the play that did it. */
export const DISRUPTED = 'disrupted_by';

/** What a node says of itself: keys as the sources print them, one line a value. */
export type Facts = ReadonlyMap<string, string>;

/** The facts of every Linux node, each a `key=value` line. */
export const systemFacts: Shell = sh`uname -nr | {
  read -r name release
  printf 'hostname=%s\\nkernel=%s\\n' "$name" "$release"
}
printf 'arch='
sc_fact arch
while IFS='=' read -r key value; do
  value=\${value#\\"}
  value=\${value%\\"}
  case $key in
    ID) echo "os_id=$value" ;;
    VERSION_ID) echo "os_version_id=$value" ;;
    VERSION_CODENAME) echo "os_version_codename=$value" ;;
    PRETTY_NAME) echo "os_pretty_name=$value" ;;
  esac
done </etc/os-release
echo "cpus=$(nproc)"
read -r _ memory _ </proc/meminfo
echo "memory_kib=$memory"
df -Pk / | {
  read -r _
  read -r _ size _ free _
  printf 'disk_kib=%s\\ndisk_free_kib=%s\\n' "$size" "$free"
}
for handler in "$SC_STATE"/pending/*; do
  [ ! -e "$handler" ] || echo "pending_handler_\${handler##*/}=due"
done
[ ! -e /run/reboot-required ] || echo reboot_required=yes
[ ! -s "$SC_STATE/disrupted" ] || sed -n 's/^/${raw(DISRUPTED)}=/p;q' "$SC_STATE/disrupted"`;

/** Parses the lines of the sources; what is not `key=value` is left out. */
export function parseFacts(lines: string): Facts {
  return new Map(
    lines.split('\n').flatMap((line) => {
      const [, key, value] = /^([a-z][A-Za-z0-9_-]{0,63})=(.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value]];
    }),
  );
}
