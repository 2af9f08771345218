/** The packages that a node says are installed before any role has run: those of Ubuntu's minimal cloud image that matter. */
const BASE: Readonly<Record<string, string>> = {
  apt: '2.7.14build2',
  'base-files': '13ubuntu10',
  bash: '5.2.21-2ubuntu4',
  'ca-certificates': '20240203',
  coreutils: '9.4-3ubuntu6',
  curl: '8.5.0-2ubuntu10',
  dash: '0.5.12-6ubuntu5',
  dpkg: '1.22.6ubuntu6',
  gzip: '1.12-1ubuntu3',
  kmod: '31+20240202-2ubuntu7',
  logrotate: '3.21.0-2build1',
  mount: '2.39.3-9ubuntu6',
  openssl: '3.0.13-0ubuntu3',
  procps: '2:4.0.4-4ubuntu3',
  systemd: '255.4-1ubuntu8',
  'systemd-timesyncd': '255.4-1ubuntu8',
  tar: '1.35+dfsg-3build1',
  tzdata: '2024a-2ubuntu1',
  'util-linux': '2.39.3-9ubuntu6',
};

/** The database that dpkg reads, `/var/lib/dpkg/status`. */
export function baseDpkgStatus(arch: string): string {
  return Object.entries(BASE)
    .map(([name, version]) => stanza(name, version, arch))
    .join('\n');
}

function stanza(name: string, version: string, arch: string): string {
  return `Package: ${name}
Status: install ok installed
Priority: optional
Section: admin
Maintainer: Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>
Architecture: ${arch}
Version: ${version}
Description: ${name} (simulated)
`;
}
