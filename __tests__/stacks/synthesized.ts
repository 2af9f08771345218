import { Testing } from 'cdktf';
import { defineEnvironment, type EnvironmentInput } from '../../environments/schema';
import { PlatformStack } from '../../stacks/platform-stack';

/** Terraform JSON of the stack of an environment that says only what matters to the test. */
export function platform(input: Partial<EnvironmentInput> = {}): string {
  const environment = defineEnvironment({ name: 'test', ...input }, 'test');
  return Testing.synth(new PlatformStack(Testing.app(), environment), true);
}

type Properties = Readonly<Record<string, unknown>>;

/** The resources (or data sources) of a type. */
export function resources(
  json: string,
  type: string,
  kind: 'resource' | 'data' = 'resource',
): readonly Properties[] {
  // Synthesized Terraform JSON: type → id → properties.
  const document = JSON.parse(json) as Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, Properties>>>>>
  >;
  return Object.values(document[kind]?.[type] ?? {});
}

/** The instance of that name. */
export function instance(json: string, name: string): Properties {
  const found = resources(json, 'aws_instance').find(
    ({ tags }) => Reflect.get(Object(tags), 'Name') === name,
  );
  if (found === undefined) throw new Error(`no instance ${name}`);
  return found;
}

/** The statements of a policy in JSON. */
export function statements(policy: unknown): readonly Properties[] {
  const document: unknown = JSON.parse(String(policy));
  return Reflect.get(Object(document), 'Statement');
}
