import { z } from 'zod';

const properties = z.record(z.string(), z.unknown());
const byTypeAndId = z.record(z.string(), z.record(z.string(), properties));

const configuration = z.object({
  resource: byTypeAndId.default({}),
  provider: z.record(z.string(), z.array(properties)).default({}),
});

export type Properties = Readonly<Record<string, unknown>>;

/** One resource of a synthesized stack. */
export interface Resource {
  /** `<type>.<id>`, as in a plan. */
  readonly address: string;
  /** Terraform's type: `aws_instance`. */
  readonly type: string;
  /** Where it is in the tree of constructs, without the stack: `nodes/prod-server-1`. */
  readonly path: string;
  readonly properties: Properties;
}

/** A synthesized stack: its resources, and who refers to whom. */
export class TerraformConfiguration {
  readonly #byAddress: ReadonlyMap<string, Resource>;
  readonly #aliasRegions: ReadonlyMap<string, string>;

  constructor(
    readonly resources: readonly Resource[],
    aliasRegions: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#byAddress = new Map(resources.map((resource) => [resource.address, resource]));
    this.#aliasRegions = aliasRegions;
  }

  ofType(...types: readonly string[]): readonly Resource[] {
    return this.resources.filter(({ type }) => types.includes(type));
  }

  /** The resources that the expressions in a value name: `${aws_vpc.main.id}` names `aws_vpc.main`. */
  referencedBy(value: unknown): readonly Resource[] {
    return addressesIn(value).flatMap((address) => this.#byAddress.get(address) ?? []);
  }

  /** The region that a resource is in, when it is not the stack's: its own `region`, or that of its provider. */
  regionOf(resource: Resource): string | undefined {
    const own = resource.properties.region;
    if (typeof own === 'string' && !own.includes('${')) return own;
    const provider = resource.properties.provider;
    return typeof provider === 'string' ? this.#aliasRegions.get(provider) : undefined;
  }

  /** The same stack with other resources. */
  with(resources: readonly Resource[]): TerraformConfiguration {
    return new TerraformConfiguration(resources, this.#aliasRegions);
  }
}

/** Reads Terraform JSON as CDKTF writes it. */
export function parseConfiguration(json: unknown): TerraformConfiguration {
  const parsed = configuration.parse(json);
  const resources = Object.entries(parsed.resource).flatMap(([type, byId]) =>
    Object.entries(byId).map(([id, { '//': annotation, ...rest }]) => ({
      address: `${type}.${id}`,
      type,
      path: constructPath(annotation) ?? id,
      properties: rest,
    })),
  );
  return new TerraformConfiguration(resources, aliasRegions(parsed.provider));
}

/** A resource that no stack has: for designs that are described as data. */
export function resource(type: string, path: string, values: Properties = {}): Resource {
  return { address: `${type}.${path.replaceAll(/[^\w-]+/g, '_')}`, type, path, properties: values };
}

const annotationSchema = z.object({ metadata: z.object({ path: z.string() }) });

function constructPath(annotation: unknown): string | undefined {
  const parsed = annotationSchema.safeParse(annotation);
  return parsed.success ? parsed.data.metadata.path.split('/').slice(1).join('/') : undefined;
}

function aliasRegions(providers: z.output<typeof configuration>['provider']): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(providers).flatMap(([name, configurations]) =>
      configurations.flatMap(({ alias, region }) =>
        typeof alias === 'string' && typeof region === 'string'
          ? [[`${name}.${alias}`, region] as const]
          : [],
      ),
    ),
  );
}

/** Data sources (`data.aws_…`) are looked up, not made: they are no resources. */
const address = /(?<![\w.-])([a-z][a-z0-9]*_[a-z0-9_]+\.[A-Za-z0-9_-]+)/g;

function addressesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.includes('${') ? [...new Set(value.match(address) ?? [])] : [];
  if (typeof value !== 'object' || value === null) return [];
  return [...new Set(Object.values(value).flatMap(addressesIn))];
}
