import { sh, words } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';

export interface AptPackageOptions extends TaskOptions {
  /** Debian package names, without versions. */
  readonly packages: readonly string[];
  /** Seconds to wait for another apt or dpkg (the boot's own upgrade, say) to end. Default: 300. */
  readonly lockTimeoutSeconds?: number;
}

/**
 * Debian packages that are installed. The package lists are refreshed only when something is missing and the lists don't
 * offer it, or what they offer is gone. Configuration files that a role wrote stay as they are.
 */
export function aptPackage(options: AptPackageOptions): Task {
  const { packages, lockTimeoutSeconds = 300 } = options;
  if (packages.length === 0) throw new RangeError('no package is named');
  for (const name of packages) {
    // Debian Policy 5.6.1
    if (!/^[a-z0-9][a-z0-9+.-]+$/.test(name))
      throw new RangeError(`${JSON.stringify(name)} is not a package name`);
  }
  return buildTask(options, {
    name: `packages ${packages.join(', ')}`,
    define: sh`missing() {
  installed=" $(dpkg-query -W -f '\${Package}=\${db:Status-Status} ' ${words(packages)} 2>/dev/null || :)"
  for package in ${words(packages)}; do
    case $installed in
      *" $package=installed "*) ;;
      *) printf '%s\\n' "$package" ;;
    esac
  done
}
apt() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -qq -y -o Dpkg::Options::=--force-confold \
    -o ${`DPkg::Lock::Timeout=${lockTimeoutSeconds}`} "$@"
}
# The lock on the lists is not one that apt waits for by itself.
update() {
  deadline=$(($(date +%s) + ${lockTimeoutSeconds}))
  until apt update; do
    [ "$(date +%s)" -lt "$deadline" ] || return 1
    sleep 5
  done
}
install() {
  apt install --no-install-recommends ${words(packages)}
}`,
    check: sh`absent=$(missing)
if [ -n "$absent" ]; then
  printf '%s\\n' "$absent" | sed 's/$/ is not installed/'
  exit 1
fi`,
    apply: sh`if ! install; then
  update
  install
fi`,
  });
}
