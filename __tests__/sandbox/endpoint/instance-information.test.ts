import {
  DescribeInstanceInformationCommand,
  type DescribeInstanceInformationCommandInput,
  InvalidFilterKey,
  InvalidInstanceId,
  InvalidInstanceInformationFilterValue,
} from '@aws-sdk/client-ssm';
import { type Fixture, instanceId, scriptedAgent, startEndpoint } from './fixture';

let fixture: Fixture;

beforeAll(async () => {
  const agents = [1, 2, 3, 4, 5, 6].map(scriptedAgent);
  const tags = { [instanceId(3)]: { role: 'server' } };
  fixture = await startEndpoint({ agents, tags });
  fixture.settings.set({ offline: ['node-2'] });
});

afterAll(() => fixture.stop());

const describeInstances = (input: DescribeInstanceInformationCommandInput = {}) =>
  fixture.client.send(new DescribeInstanceInformationCommand(input));

async function names(input: DescribeInstanceInformationCommandInput): Promise<(string | undefined)[]> {
  const { InstanceInformationList = [] } = await describeInstances(input);
  return InstanceInformationList.map(({ ComputerName }) => ComputerName);
}

it('tells what each agent says of itself', async () => {
  const { InstanceInformationList } = await describeInstances();
  expect(InstanceInformationList?.[0]).toMatchObject({
    InstanceId: instanceId(1),
    PingStatus: 'Online',
    PlatformType: 'Linux',
    ResourceType: 'EC2Instance',
    IPAddress: '10.0.0.1',
    ComputerName: 'node-1',
    LastPingDateTime: expect.any(Date),
  });
});

it('filters', async () => {
  expect(await names({ Filters: [{ Key: 'PingStatus', Values: ['ConnectionLost'] }] })).toEqual(['node-2']);
  expect(await names({ Filters: [{ Key: 'InstanceIds', Values: [instanceId(4), instanceId(99)] }] })).toEqual(
    ['node-4'],
  );
  expect(await names({ Filters: [{ Key: 'tag:role', Values: ['server'] }] })).toEqual(['node-3']);
  expect(
    await names({ InstanceInformationFilterList: [{ key: 'InstanceIds', valueSet: [instanceId(5)] }] }),
  ).toEqual(['node-5']);
  expect(
    await names({
      Filters: [
        { Key: 'PingStatus', Values: ['Online'] },
        { Key: 'InstanceIds', Values: [instanceId(2)] },
      ],
    }),
  ).toEqual([]);
});

it('pages', async () => {
  const first = await describeInstances({ MaxResults: 5 });
  expect(first.InstanceInformationList).toHaveLength(5);
  const second = await describeInstances({ MaxResults: 5, NextToken: first.NextToken });
  expect(second.InstanceInformationList).toHaveLength(1);
  expect(second.NextToken).toBeUndefined();
});

it.each<[DescribeInstanceInformationCommandInput, new (...args: never[]) => Error]>([
  [{ Filters: [{ Key: 'Colour', Values: ['red'] }] }, InvalidFilterKey],
  [{ Filters: [{ Key: 'PingStatus', Values: ['Sleepy'] }] }, InvalidInstanceInformationFilterValue],
  [{ Filters: [{ Key: 'InstanceIds', Values: ['node-1'] }] }, InvalidInstanceId],
])('refuses %j', async (input, error) => {
  await expect(describeInstances(input)).rejects.toBeInstanceOf(error);
});

it.each([4, 51])('refuses pages of %i', async (MaxResults) => {
  await expect(describeInstances({ MaxResults })).rejects.toMatchObject({ name: 'ValidationException' });
});
