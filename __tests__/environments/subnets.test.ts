import fc from 'fast-check';
import { type Cidr, contains, formatCidr, overlaps, parseCidr } from '../../environments/cidr';
import { layOutSubnets, type ZoneSubnets } from '../../environments/subnets';

const zones = ['ap-northeast-2a', 'ap-northeast-2b', 'ap-northeast-2c', 'ap-northeast-2d'];

function blocks(subnets: readonly ZoneSubnets[]): readonly Cidr[] {
  return subnets.flatMap(({ publicCidr, privateCidr, dataCidr }) =>
    [publicCidr, privateCidr, dataCidr].map(parsed),
  );
}

function parsed(text: string): Cidr {
  const block = parseCidr(text);
  if (block === undefined) throw new Error(`${text} is no block`);
  return block;
}

describe('the layout of subnets', () => {
  it('is private from the start, data from the middle, public from the end', () => {
    expect(
      layOutSubnets({
        cidr: '10.20.0.0/16',
        availabilityZones: zones.slice(0, 2),
        subnetPrefixes: { private: 20, public: 24 },
      }),
    ).toEqual([
      {
        zone: 'ap-northeast-2a',
        privateCidr: '10.20.0.0/20',
        dataCidr: '10.20.128.0/24',
        publicCidr: '10.20.255.0/24',
      },
      {
        zone: 'ap-northeast-2b',
        privateCidr: '10.20.16.0/20',
        dataCidr: '10.20.129.0/24',
        publicCidr: '10.20.254.0/24',
      },
    ]);
  });

  const plans = fc.record({
    prefix: fc.integer({ min: 16, max: 28 }),
    network: fc.integer({ min: 0, max: 255 }),
    count: fc.integer({ min: 1, max: 4 }),
    subnetPrefixes: fc.record({
      private: fc.integer({ min: 16, max: 28 }),
      public: fc.integer({ min: 16, max: 28 }),
      data: fc.option(fc.integer({ min: 16, max: 28 }), { nil: undefined }),
    }),
  });

  it('holds: inside the VPC, apart from each other, and an appended zone moves nothing', () => {
    fc.assert(
      fc.property(plans, ({ prefix, network, count, subnetPrefixes }) => {
        const cidr = `10.${network}.0.0/${prefix}`;
        const subnets = layOutSubnets({ cidr, availabilityZones: zones.slice(0, count), subnetPrefixes });
        if (subnets === undefined) return;
        const all = blocks(subnets);
        expect(all.every((block) => contains(parsed(cidr), block))).toBe(true);
        expect(all.every((one, index) => all.slice(index + 1).every((other) => !overlaps(one, other)))).toBe(
          true,
        );
        const fewer = layOutSubnets({ cidr, availabilityZones: zones.slice(0, count - 1), subnetPrefixes });
        expect(fewer).toEqual(subnets.slice(0, count - 1));
      }),
    );
  });

  it('is refused when it does not fit', () => {
    const plan = { cidr: '10.0.0.0/24', availabilityZones: zones.slice(0, 2) };
    expect(layOutSubnets({ ...plan, subnetPrefixes: { private: 25, public: 28 } })).toBeUndefined();
    expect(layOutSubnets({ ...plan, subnetPrefixes: { private: 26, public: 26 } })).toBeUndefined();
    expect(layOutSubnets({ ...plan, subnetPrefixes: { private: 26, public: 27 } })).toHaveLength(2);
    expect(layOutSubnets({ ...plan, subnetPrefixes: { private: 26, public: 27, data: 26 } })).toBeUndefined();
  });
});

describe('a block of addresses', () => {
  it('is written as it was read', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 32 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (prefix, address) => {
          const size = 2 ** (32 - prefix);
          const text = formatCidr({ first: Math.floor(address / size) * size, prefix });
          expect(formatCidr(parsed(text))).toBe(text);
        },
      ),
    );
  });

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.256/32', '10.0.0.1/24', '10.0/16', ' 10.0.0.0/16', ''])(
    'is not %p',
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );
});
