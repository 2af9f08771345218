import { platform, resources } from './synthesized';

const domains = { zone: 'example.com', site: 'example.com', api: 'api.example.com' };
const budget = { alertEmails: ['ops@example.com', 'team@example.com'] };

/** Terraform's address of a resource, by its id in the synthesized stack, to its region. */
function regions(json: string, type: string): ReadonlyMap<string, unknown> {
  const byId: Readonly<Record<string, object>> = JSON.parse(json).resource[type];
  return new Map(
    Object.entries(byId).map(([id, properties]) => [`${type}.${id}`, Reflect.get(properties, 'region')]),
  );
}

describe('alarms', () => {
  const json = platform({ domains, budget });

  it('tell a topic of their own region, which is all that CloudWatch does', () => {
    const topics = regions(json, 'aws_sns_topic');
    const alarms = resources(json, 'aws_cloudwatch_metric_alarm');
    expect(alarms.length).toBeGreaterThan(20);
    for (const { region, alarm_actions, ok_actions } of alarms) {
      for (const actions of [alarm_actions, ok_actions]) {
        const told = /\$\{(aws_sns_topic\.[^.]+)\.arn\}/.exec(String(actions))?.[1] ?? '';
        expect([...topics.keys()]).toContain(told);
        expect(topics.get(told)).toBe(region);
      }
    }
  });

  it('leave the subscriptions of the others alone when an address is taken out', () => {
    const subscriptions = (...alertEmails: string[]) =>
      Object.entries(JSON.parse(platform({ budget: { alertEmails } })).resource.aws_sns_topic_subscription);
    const [first, second] = budget.alertEmails;
    const both = subscriptions(first ?? '', second ?? '');
    expect(both).toEqual(expect.arrayContaining(subscriptions(second ?? '')));
  });

  it('of CloudFront and its certificate are where their metrics are, and reach the same people', () => {
    const worldwide = resources(json, 'aws_cloudwatch_metric_alarm').filter(
      ({ region }) => region === 'us-east-1',
    );
    expect(worldwide.map(({ metric_name }) => metric_name).sort()).toEqual(['5xxErrorRate', 'DaysToExpiry']);
    const subscribed = resources(json, 'aws_sns_topic_subscription').filter(
      ({ protocol }) => protocol === 'email',
    );
    for (const region of ['us-east-1', undefined])
      expect(
        subscribed
          .filter((one) => one.region === region)
          .map(({ endpoint }) => endpoint)
          .sort(),
      ).toEqual(budget.alertEmails);
  });

  it('have one topic in an environment that is in us-east-1 itself', () => {
    const there = platform({
      region: 'us-east-1',
      network: { availabilityZones: ['us-east-1a', 'us-east-1b'] },
      domains,
      budget,
    });
    const names = resources(there, 'aws_sns_topic').map(({ name }) => name);
    expect(names.filter((name) => String(name).endsWith('-alarms'))).toHaveLength(1);
    const alarms = resources(there, 'aws_cloudwatch_metric_alarm').map(({ alarm_name }) => alarm_name);
    expect(new Set(alarms).size).toBe(alarms.length);
  });

  it('have no topic worldwide where nothing is', () => {
    const hidden = platform({ edge: { enabled: false } });
    expect(resources(hidden, 'aws_sns_topic').filter(({ region }) => region !== undefined)).toEqual([]);
  });
});
