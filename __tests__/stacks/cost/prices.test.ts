import { priceBook, pricedRegions, priceTable } from '../../../stacks/cost/prices';

describe('the price table', () => {
  it('has Seoul and Northern Virginia', () => {
    expect(pricedRegions).toEqual(['ap-northeast-2', 'us-east-1']);
  });

  it.each(pricedRegions)('says of every price in %s where it is from and of which day', (region) => {
    const { prices } = priceBook(region);
    expect(prices.length).toBeGreaterThan(80);
    for (const price of prices) {
      expect(price).toMatchObject({
        usd: expect.any(Number),
        source: expect.stringMatching(/\w+/),
        page: expect.stringMatching(/^https:\/\/aws\.amazon\.com\//),
        date: expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
      });
      expect(price.usd).toBeGreaterThan(0);
      expect(new Date(price.date).getTime()).toBeLessThan(Date.now());
    }
  });

  it('prices the same things in each region, so that none is cheaper only because less of it is known', () => {
    const keys = pricedRegions.map((region) =>
      priceBook(region)
        .prices.map(({ key }) => key)
        .sort(),
    );
    expect(keys[0]).toEqual(keys[1]);
  });

  it('has each price once', () => {
    for (const region of pricedRegions) {
      const keys = priceBook(region).prices.map(({ key }) => key);
      expect(keys).toHaveLength(new Set(keys).size);
    }
  });

  it('knows of a region without a table only what costs the same everywhere', () => {
    const tokyo = priceBook('ap-northeast-1');
    expect(tokyo.find('ec2.t3.medium')).toBeUndefined();
    expect(tokyo.find('waf.acl')?.usd).toBe(5);
  });

  it.each([
    ['of nothing', 0],
    ['below nothing', -1],
    ['that is no number', '0.1'],
  ])('refuses a price %s', (_, usd) => {
    const file = {
      region: 'eu-west-1',
      currency: 'USD',
      groups: [
        {
          source: 'somewhere',
          page: 'https://example.com/',
          date: '2026-01-01',
          basis: 'quoted',
          unit: 'hour',
          prices: { 'ec2.t3.medium': usd },
        },
      ],
    };
    expect(priceTable.safeParse(file).success).toBe(false);
  });
});
