import { Route53Record } from '@cdktf/provider-aws/lib/route53-record';
import { Route53Zone } from '@cdktf/provider-aws/lib/route53-zone';
import { Testing } from 'cdktf';
import { platform, resources } from './synthesized';

Testing.setupJest();

describe('the address of the API', () => {
  it('of one server is its own, and costs nothing', () => {
    const json = platform({ servers: { count: 1 } });
    expect(json).not.toHaveResource(Route53Zone);
    expect(apiIn(json)).toMatch(/^\$\{aws_instance\.nodes_test-server-1\w*\.private_ip\}:6443$/);
  });

  it('of three is a name in a private zone, with the address of each', () => {
    const json = platform({ servers: { count: 3 } });
    expect(resources(json, 'aws_route53_zone')).toEqual([
      expect.objectContaining({
        name: 'test.stagecraft.internal',
        vpc: [{ vpc_id: expect.stringMatching(/^\$\{aws_vpc\.network_vpc/) }],
      }),
    ]);
    expect(json).toHaveResourceWithProperties(Route53Record, {
      name: 'api.test.stagecraft.internal',
      type: 'A',
      records: [1, 2, 3].map((number) =>
        expect.stringMatching(new RegExp(`nodes_test-server-${number}\\w*\\.private_ip`)),
      ),
    });
    expect(apiIn(json)).toBe('api.test.stagecraft.internal:6443');
  });
});

function apiIn(json: string): string {
  return JSON.parse(json).output.inventory.value.endpoints.kubernetesApi;
}
