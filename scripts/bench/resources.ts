/**
 * The forty resources that the three tools are asked for: ten directories, twenty files with a line that names the host,
 * five lines in a file, five links. One description, so that all three are asked for the same.
 */
import { type NodeValue, text } from '../../provisioner/engine/shell';
import type { Role } from '../../provisioner/engine/task';
import { directory, file, line, link } from '../../provisioner/tasks';

/** Where all of them lie; the benchmark removes it between first converges. */
export const FOLDER = '/srv/stagecraft-bench';

/** What a role is given: a node's own name, which differs per node. */
export interface BenchContext {
  readonly hostName: NodeValue;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const directories = numbers(10).map((n) => `${FOLDER}/dir${n}`);
const files = numbers(20).map((n) => ({ path: `${FOLDER}/dir1/file${n}.conf`, number: n }));
const lines = numbers(5).map((n) => `setting${n} = on`);
const links = numbers(5).map((n) => ({ path: `${FOLDER}/link${n}`, target: `${FOLDER}/dir1/file${n}.conf` }));
export const LINES_FILE = `${FOLDER}/lines.conf`;

/** As this project says it. */
export const resources: Role<BenchContext> = {
  name: 'resources',
  tasks: ({ hostName }) => [
    ...directories.map((path) => directory({ path })),
    ...files.map(({ path, number }) =>
      file({ path, content: text`# file ${number}\nhost = ${hostName}\nvalue = ${number}\n` }),
    ),
    ...lines.map((one) => line({ path: LINES_FILE, line: one })),
    ...links.map((one) => link(one)),
  ],
};

/** As a playbook of Ansible: loops, no facts, since nothing needs them. */
export function ansiblePlaybook(): string {
  return JSON.stringify(
    [
      {
        hosts: 'all',
        gather_facts: false,
        tasks: [
          {
            name: 'directories',
            'ansible.builtin.file': { path: '{{ item }}', state: 'directory', mode: '0755' },
            loop: directories,
          },
          {
            name: 'files',
            'ansible.builtin.copy': {
              dest: '{{ item.path }}',
              content:
                '# file {{ item.number }}\nhost = {{ inventory_hostname }}\nvalue = {{ item.number }}\n',
              mode: '0644',
            },
            loop: files,
          },
          {
            name: 'lines',
            'ansible.builtin.lineinfile': {
              path: LINES_FILE,
              line: '{{ item }}',
              create: true,
              mode: '0644',
            },
            loop: lines,
          },
          {
            name: 'links',
            'ansible.builtin.file': { path: '{{ item.path }}', src: '{{ item.target }}', state: 'link' },
            loop: links,
          },
        ],
      },
    ],
    null,
    2,
  );
}

/** As a deploy of pyinfra. */
export function pyinfraDeploy(): string {
  return `from io import StringIO

from pyinfra import host
from pyinfra.operations import files

for path in ${JSON.stringify(directories)}:
    files.directory(name=path, path=path, mode="755")
for number in range(1, ${files.length + 1}):
    files.put(
        name=f"file {number}",
        src=StringIO(f"# file {number}\\nhost = {host.name}\\nvalue = {number}\\n"),
        dest=f"${FOLDER}/dir1/file{number}.conf",
        mode="644",
    )
for line in ${JSON.stringify(lines)}:
    files.line(name=line, path="${LINES_FILE}", line=line)
for number in range(1, ${links.length + 1}):
    files.link(
        name=f"link {number}",
        path=f"${FOLDER}/link{number}",
        target=f"${FOLDER}/dir1/file{number}.conf",
    )
`;
}
