import { basisOf } from '../../../stacks/cost/basis';
import { type Estimate, estimate } from '../../../stacks/cost/estimate';
import type { Price } from '../../../stacks/cost/prices';
import { usageOf } from '../../../stacks/cost/usage';
import { type Resource, resource, TerraformConfiguration } from '../../../stacks/terraform/configuration';

const usage = usageOf({ production: true });

/** An estimate whose prices of instances have one basis and all others another, whatever the price table says. */
function estimateOf(
  resources: readonly Resource[],
  basis: { readonly ec2: Price['basis']; readonly rest: Price['basis'] },
): Estimate {
  const stack = new TerraformConfiguration(resources);
  const found = estimate({ name: 'test', region: 'ap-northeast-2', stack, usage });
  return {
    ...found,
    items: found.items.map((item) =>
      item.status === 'free'
        ? item
        : {
            ...item,
            charges: item.charges.map((charge) => ({
              ...charge,
              unitPrice: charge.unitPrice && {
                ...charge.unitPrice,
                basis: charge.price.startsWith('ec2.') ? basis.ec2 : basis.rest,
              },
            })),
          },
    ),
  };
}

const quoted = { ec2: 'quoted', rest: 'quoted' } as const;
const machine = (name: string) =>
  resource('aws_instance', name, { instance_type: 't4g.large', root_block_device: { volume_size: 10 } });

describe('what an estimate rests on', () => {
  it('counts each price once, however often it is used', () => {
    const found = estimateOf([machine('a'), machine('b')], quoted);
    expect(basisOf([found, found])).toEqual({ used: 2, recalled: 0, percentRecalled: 0 });
  });

  it('tells how much of the money nobody looked up', () => {
    const found = basisOf([estimateOf([machine('a'), machine('b')], { ...quoted, ec2: 'recalled' })]);
    const hours = usage.hours * 0.0832;
    expect(found).toMatchObject({ used: 2, recalled: 1 });
    expect(found.percentRecalled).toBeCloseTo((100 * hours) / (hours + 10 * 0.0912));
  });

  it('leaves out what is free, and what has no price', () => {
    const nothing = estimateOf([resource('aws_subnet', 'a'), resource('aws_msk_cluster', 'b')], quoted);
    expect(basisOf([nothing])).toEqual({ used: 0, recalled: 0, percentRecalled: 0 });
  });
});
