import { compile, compileFacts } from '../../provisioner/engine/compile';
import { systemFacts } from '../../provisioner/engine/facts';
import { runtime, runtimeSource } from '../../provisioner/engine/runtime';
import { fact, sh } from '../../provisioner/engine/shell';
import type { Step } from '../../provisioner/engine/steps';
import type { Handler, Task } from '../../provisioner/engine/task';
import { host } from './local-nodes';
import { itWith, shellcheck } from './shells';

const maybe = itWith('shellcheck');

const restart: Handler = {
  name: 'Restart the demo',
  apply: sh`systemctl restart demo`,
  check: sh`systemctl is-active demo`,
};
const hosts = [host('one'), host('two')];
const perNode = {
  kind: 'perNode',
  values: new Map([
    ['one', 'first'],
    ['two', "it's the second"],
  ]),
} as const;
const shared = { kind: 'perNode', values: new Map(hosts.map(({ name }) => [name, 'same'])) } as const;

function step(task: Task): Step {
  return { role: 'demo', task, tags: new Set(['demo']) };
}

const steps = [
  step({
    name: "write what's wanted",
    define: sh`content() { printf %s ${perNode} ${shared}; }`,
    check: sh`content | sc_diff /etc/demo demo`,
    apply: sh`content | sc_write /etc/demo 600 root root`,
    notify: [restart],
  }),
  step({
    name: 'arch',
    check: sh`test -e /opt/${fact('arch')}`,
    apply: sh`touch /opt/${fact('arch')}`,
    sensitive: true,
    onlyIf: sh`test -d /opt`,
  }),
];
const request = {
  steps,
  handlers: [restart],
  hosts,
  mode: 'apply',
  runId: '20260101T000000-abcd',
  nonce: '0011223344556677',
  inlineChars: 23_000,
  fits: () => true,
} as const;

/** The bundle without the runtime: what compiling adds. */
function own(source: string): string {
  const [, ...added] = source.split(runtime());
  return `${source.split('\n').slice(0, 5).join('\n')}\n…${added.join('')}`;
}

test('a bundle is the runtime, the table of the nodes and a call for each task', () => {
  const [bundle, ...more] = compile(request);
  expect(more).toEqual([]);
  const [one, two] = hosts.map(({ id }) => id);
  expect(own(bundle?.source ?? '')).toBe(`SC_MODE=apply
SC_RUN=20260101T000000-abcd
SC_NONCE=0011223344556677
SC_INLINE=22991
SC_LAST=1
…
sc_node_1=same
sc_identify
case $SC_ID in
${one})
sc_node_0=first
;;
${two})
sc_node_0='it'\\''s the second'
;;
*) sc_die "$SC_ID is not one of the nodes that this script is for" ;;
esac
sc_fact_arch=$(sc_fact arch)
sc_begin
t0_define() {
content() { printf %s "$sc_node_0" "$sc_node_1"; }
}
t0_check() {
content | sc_diff /etc/demo demo
}
t0_apply() {
content | sc_write /etc/demo 600 root root
}
sc_task 0 d restart-the-demo '' 'demo : write what'\\''s wanted'
t1_only_if() {
test -d /opt
}
t1_check() {
test -e /opt/"$sc_fact_arch"
}
t1_apply() {
touch /opt/"$sc_fact_arch"
}
sc_task 1 si '' '' 'demo : arch'
t2_apply() {
systemctl restart demo
}
t2_check() {
systemctl is-active demo
}
sc_handler 2 '' restart-the-demo 'Restart the demo'
sc_end
`);
});

test('compiling is pure', () => {
  expect(compile(request)).toEqual(compile(request));
});

maybe('the runtime, bundles and facts are clean under shellcheck', () => {
  expect(shellcheck(runtimeSource())).toBe('');
  expect(shellcheck(withoutStyle(compile(request)[0]?.source ?? ''))).toBe('');
  expect(shellcheck(withoutStyle(compileFacts([systemFacts], request).source))).toBe('');
});

/** Unused helpers of the runtime are its point, and its comments with the directives do not travel. */
function withoutStyle(source: string): string {
  return `# shellcheck disable=SC2034,SC3013,SC2174,SC2012,SC2317,SC2329\n${source}`;
}

test('a task that no command can carry is refused with its name', () => {
  expect(() => compile({ ...request, fits: () => false })).toThrow(
    /"write what's wanted" makes a script of \d+ KiB/,
  );
});

test('a host without a value is a mistake of the role, found before anything is sent', () => {
  expect(() => compile({ ...request, hosts: [...hosts, host('three')] })).toThrow(/no value for node three/);
});
