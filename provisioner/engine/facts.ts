import { raw, type Shell, sh } from './shell';

/** The fact that a node was taken out of service and not put back: the mark of the play that did it. */
export const DISRUPTED = 'disrupted_by';

/** What a node says of itself: keys as the sources print them, one line a value. */
export type Facts = ReadonlyMap<string, string>;

/** The facts of every Linux node, each a `key=value` line. */
export const systemFacts: Shell = sh`echo "hostname=$(uname -n)"
echo "arch=$(sc_fact arch)"
echo "kernel=$(uname -r)"
for key in ID VERSION_ID VERSION_CODENAME PRETTY_NAME; do
  echo "os_$(echo "$key" | tr '[:upper:]' '[:lower:]')=$(sc_os_release "$key")"
done
echo "cpus=$(nproc)"
sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/memory_kib=\\1/p' /proc/meminfo
df -Pk / | sed -n '2s/^[^ ]* *\\([0-9]*\\) *[0-9]* *\\([0-9]*\\) .*/disk_kib=\\1\\ndisk_free_kib=\\2/p'
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
