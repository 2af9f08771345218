import { spawn } from 'node:child_process';
import { boto3Python } from './boto3-python';
import { type Fixture, instanceId, REGION, shellAgent, startEndpoint } from './fixture';

const withBoto3 = boto3Python === undefined ? it.skip : it;

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startEndpoint({ agents: [shellAgent(1)] });
});

afterAll(() => fixture.stop());

/** Runs a script that prints one JSON value; asynchronous, because the endpoint lives in this very process. */
function boto3(script: string): Promise<unknown> {
  const child = spawn(boto3Python ?? '', ['-'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_DEFAULT_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  child.stdin.end(`${prelude(fixture.url)}\n${script}\n`);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(JSON.parse(output)) : reject(new Error(`python ended with ${code}`)),
    );
  });
}

const prelude = (url: string) => `
import boto3, botocore.config, json, time
ssm = boto3.client('ssm', endpoint_url='${url}',
    config=botocore.config.Config(retries={'mode': 'standard', 'total_max_attempts': 4}))

def run(script):
    command = ssm.send_command(DocumentName='AWS-RunShellScript', InstanceIds=['${instanceId(1)}'],
        Parameters={'commands': [script]})['Command']['CommandId']
    while True:
        result = ssm.get_command_invocation(CommandId=command, InstanceId='${instanceId(1)}')
        if result['Status'] not in ('Pending', 'InProgress'):
            return command, result
        time.sleep(0.02)

def error_of(call):
    try:
        call()
    except ssm.exceptions.ClientError as error:
        code = error.response['Error']['Code']
        return [type(error).__name__, code, error.response['ResponseMetadata']['HTTPStatusCode']]
`;

withBoto3('sends a command, polls, and reads its cut output', async () => {
  const answer = await boto3(`
command, result = run('i=0; while [ $i -lt 3000 ]; do echo 0123456789; i=$((i+1)); done')
listed = ssm.list_command_invocations(CommandId=command, Details=True)['CommandInvocations'][0]
print(json.dumps({
  'status': result['Status'], 'length': len(result['StandardOutputContent']),
  'tail': result['StandardOutputContent'][-20:], 'code': result['ResponseCode'],
  'plugin': listed['CommandPlugins'][0]['Output'][-23:], 'year': listed['RequestedDateTime'].year > 2000,
}))`);
  expect(answer).toEqual({
    status: 'Success',
    length: 24_000,
    tail: '--output truncated--',
    code: 0,
    plugin: '\n---Output truncated---',
    year: true,
  });
});

withBoto3('raises the typed exceptions of the service', async () => {
  const answer = await boto3(`
send = lambda **more: ssm.send_command(**{'DocumentName': 'AWS-RunShellScript', 'InstanceIds': ['${instanceId(1)}'],
    'Parameters': {'commands': ['true']}, **more})
print(json.dumps([
  error_of(lambda: send(InstanceIds=['${instanceId(99)}'])),
  error_of(lambda: send(DocumentName='AWS-None')),
  error_of(lambda: send(Parameters={'commands': ['#' * 66000]})),
  error_of(lambda: send(Comment='c' * 101))[1:],
  error_of(lambda: ssm.get_command_invocation(CommandId='0' * 8 + '-0000-4000-8000-' + '0' * 12, InstanceId='${instanceId(1)}')),
  error_of(lambda: ssm.cancel_command(CommandId='0' * 8 + '-0000-4000-8000-' + '0' * 12)),
  error_of(lambda: ssm.get_parameter(Name='/none')),
]))`);
  expect(answer).toEqual([
    ['InvalidInstanceId', 'InvalidInstanceId', 400],
    ['InvalidDocument', 'InvalidDocument', 400],
    ['MaxDocumentSizeExceeded', 'MaxDocumentSizeExceeded', 400],
    // Whether it has a class of its own depends on the version of botocore.
    ['ValidationException', 400],
    ['InvocationDoesNotExist', 'InvocationDoesNotExist', 400],
    ['InvalidCommandId', 'InvalidCommandId', 400],
    ['ParameterNotFound', 'ParameterNotFound', 400],
  ]);
});

withBoto3('pages, waits and retries with its own machinery', async () => {
  fixture.settings.set({ throttleNext: 1 });
  const answer = await boto3(`
for number in range(12):
    ssm.put_parameter(Name=f'/boto/n{number}', Value='v', Type='SecureString')
pages = ssm.get_paginator('get_parameters_by_path').paginate(Path='/boto', WithDecryption=True)
values = [parameter['Value'] for page in pages for parameter in page['Parameters']]
command, _ = run('true')
ssm.get_waiter('command_executed').wait(CommandId=command, InstanceId='${instanceId(1)}')
online = ssm.describe_instance_information(Filters=[{'Key': 'PingStatus', 'Values': ['Online']}])
print(json.dumps({'values': len(values), 'plain': set(values) == {'v'}, 'online': len(online['InstanceInformationList'])}))`);
  expect(answer).toEqual({ values: 12, plain: true, online: 1 });
});

withBoto3('is refused with a wrong secret', async () => {
  const answer = await boto3(`
other = boto3.client('ssm', endpoint_url='${fixture.url}', aws_access_key_id='a', aws_secret_access_key='b')
print(json.dumps(error_of(other.list_commands)[1:]))`);
  expect(answer).toEqual(['InvalidSignatureException', 400]);
});
