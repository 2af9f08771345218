import { adviceOn } from '../../provisioner/engine/advice';

const url = 'https://mirror.example.com/k3s';
const archive = 'http://archive.ubuntu.com/ubuntu/pool/main/c/chrony/chrony_4.5-1_amd64.deb';

test.each([
  ['a shell', 'sh: 1: cannot create /etc/x: No space left on device', 'is full'],
  ['a program in Go', 'write /var/lib/rancher/k3s/data/.tmp: no space left on device', 'is full'],
  ['curl of Ubuntu 22.04', `curl: (23) Failed writing body\ndownload of ${url} failed`, 'is full'],
  ['curl of today', `curl: (23) client returned ERROR on write\ndownload of ${url} failed`, 'is full'],
  ['the kernel of a file system', 'touch: /etc/x: Read-only file system', 'is read-only'],
  ['a program in Go', 'open /etc/x: read-only file system', 'is read-only'],
  [
    'cAdvisor',
    'inotify_add_watch /sys/fs/cgroup/kubepods.slice: no space left on device',
    'The disk is not full',
  ],
  ['kubectl', 'failed to create fsnotify watcher: too many open files', 'The disk is not full'],
  ['a kubelet', 'failed to run Kubelet: inotify_init: too many open files', 'The disk is not full'],
  ['a download', `curl: (6) Could not resolve host\ndownload of ${url} failed`, 'A download did not come'],
  ['apt', `E: Failed to fetch ${archive}  404  Not Found [IP: 1.2.3.4 80]`, 'answers, but does not have'],
  [
    'apt',
    `E: Failed to fetch ${archive}  Could not connect to archive.ubuntu.com:80\nE: Unable to fetch some archives`,
    'does not answer',
  ],
  [
    'apt, twice',
    `E: Failed to fetch ${archive}  404  Not Found\nW: Failed to fetch http://a/InRelease  Temporary failure resolving 'a'`,
    'does not answer',
  ],
])('%s: %j is told as one that %s', (_, output, advice) => {
  expect(adviceOn(output)).toContain(advice);
});

test.each([
  ['the metadata service', 'curl: (22) The requested URL returned error: 404'],
  ['a condition that was waited for', 'curl: (7) Failed to connect to 127.0.0.1 port 6443'],
  ['another service', 'ElastiCache cannot be asked: curl: (28) Connection timed out'],
])('%s is not taken for a download: %j', (_, output) => {
  expect(adviceOn(output)).toBeUndefined();
});
