import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  HierarchyLevelLimitExceededException,
  HierarchyTypeMismatchException,
  InvalidAllowedPatternException,
  InvalidFilterKey,
  InvalidKeyId,
  ParameterAlreadyExists,
  ParameterNotFound,
  ParameterPatternMismatchException,
  ParameterVersionNotFound,
  PutParameterCommand,
  type PutParameterCommandInput,
  UnsupportedParameterType,
} from '@aws-sdk/client-ssm';
import { createParameterStore, fileParameterPersistence } from '../../../provisioner/sandbox/endpoint';
import { type Fixture, instanceId, PREFIX, ssmClient, startEndpoint } from './fixture';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startEndpoint();
});

afterEach(() => fixture.stop());

function put(Name: string, more: Partial<PutParameterCommandInput> = {}) {
  return fixture.client.send(new PutParameterCommand({ Name, Value: 'value', Type: 'String', ...more }));
}

function get(Name: string, WithDecryption = false) {
  return fixture.client.send(new GetParameterCommand({ Name, WithDecryption }));
}

describe('PutParameter and GetParameter', () => {
  it('keep versions, and give the newest or the one asked for', async () => {
    expect(await put('/a/b')).toMatchObject({ Version: 1, Tier: 'Standard' });
    expect(await put('/a/b', { Value: 'second', Overwrite: true })).toMatchObject({ Version: 2 });
    expect((await get('/a/b')).Parameter).toMatchObject({
      Name: '/a/b',
      Type: 'String',
      Value: 'second',
      Version: 2,
      ARN: 'arn:aws:ssm:ap-northeast-2:111122223333:parameter/a/b',
      DataType: 'text',
      LastModifiedDate: expect.any(Date),
    });
    expect((await get('/a/b:1')).Parameter).toMatchObject({ Value: 'value', Version: 1, Selector: ':1' });
    expect((await get('arn:aws:ssm:ap-northeast-2:111122223333:parameter/a/b')).Parameter?.Version).toBe(2);
    await expect(get('/a/b:9')).rejects.toBeInstanceOf(ParameterVersionNotFound);
  });

  it('keep the newest hundred versions', async () => {
    for (let version = 0; version < 101; version += 1) await put('/a', { Overwrite: true });
    expect((await get('/a:101')).Parameter?.Version).toBe(101);
    await expect(get('/a:1')).rejects.toBeInstanceOf(ParameterVersionNotFound);
  });

  it('refuse to overwrite unless asked to', async () => {
    await put('/a');
    await expect(put('/a')).rejects.toBeInstanceOf(ParameterAlreadyExists);
    await expect(put('/a', { Overwrite: true, Type: 'SecureString' })).rejects.toBeInstanceOf(
      HierarchyTypeMismatchException,
    );
  });

  it('give a SecureString only with decryption', async () => {
    await put('/a', { Type: 'SecureString', Value: 'canary', KeyId: 'alias/stagecraft' });
    const sealed = (await get('/a')).Parameter?.Value ?? '';
    expect(sealed).not.toContain('canary');
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('canary');
    expect((await get('/a', true)).Parameter).toMatchObject({ Type: 'SecureString', Value: 'canary' });
    await put('/a', { Type: 'SecureString', Value: 'canary', Overwrite: true });
    expect((await get('/a')).Parameter?.Value).not.toBe(sealed);
  });

  it('keep characters beyond ASCII', async () => {
    await put('/a', { Value: 'é 문자\n"quoted"' });
    expect((await get('/a')).Parameter?.Value).toBe('é 문자\n"quoted"');
  });

  it('know what is not there', async () => {
    await expect(get('/none')).rejects.toBeInstanceOf(ParameterNotFound);
    await expect(fixture.client.send(new DeleteParameterCommand({ Name: '/none' }))).rejects.toBeInstanceOf(
      ParameterNotFound,
    );
  });

  it('forget what is deleted, versions included', async () => {
    await put('/a');
    await fixture.client.send(new DeleteParameterCommand({ Name: '/a' }));
    await expect(get('/a')).rejects.toBeInstanceOf(ParameterNotFound);
    expect((await put('/a')).Version).toBe(1);
  });
});

describe('what PutParameter refuses', () => {
  it.each<[string, string, Partial<PutParameterCommandInput>, string]>([
    ['a reserved name', '/aws/x', {}, 'AccessDeniedException'],
    ['the prefix ssm', 'SSM-x', {}, 'ValidationException'],
    ['a hierarchy without its first slash', 'a/b', {}, 'ValidationException'],
    ['a space in the name', '/a b', {}, 'ValidationException'],
    ['an empty level', '/a//b', {}, 'ValidationException'],
    ['more than 1011 characters', `/${'n'.repeat(1011)}`, {}, 'ValidationException'],
    ['no type', '/a', { Type: undefined }, 'ValidationException'],
    ['an empty value', '/a', { Value: '' }, 'ValidationException'],
    ['more than 4 KB', '/a', { Value: 'v'.repeat(4097) }, 'ValidationException'],
    ['more than 8 KB', '/a', { Value: 'v'.repeat(8193), Tier: 'Advanced' }, 'ValidationException'],
    ['a key for a plain value', '/a', { KeyId: 'alias/x' }, 'ValidationException'],
    ['an unknown data type', '/a', { DataType: 'aws:thing' }, 'ValidationException'],
    [
      'tags with overwrite',
      '/a',
      { Tags: [{ Key: 'a', Value: 'b' }], Overwrite: true },
      'ValidationException',
    ],
  ])('%s', async (_what, name, input, error) => {
    await expect(put(name, input)).rejects.toMatchObject({ name: error });
  });

  it.each<[string, string, Partial<PutParameterCommandInput>, new (...args: never[]) => Error]>([
    ['sixteen levels', '/l'.repeat(16), {}, HierarchyLevelLimitExceededException],
    ['a key that is none', '/a', { Type: 'SecureString', KeyId: 'not-a-key' }, InvalidKeyId],
    ['a pattern that is none', '/a', { AllowedPattern: '(' }, InvalidAllowedPatternException],
    ['a value against its pattern', '/a', { AllowedPattern: '^\\d+$' }, ParameterPatternMismatchException],
    ['a secret image', '/a', { Type: 'SecureString', DataType: 'aws:ec2:image' }, UnsupportedParameterType],
  ])('%s', async (_what, name, input, error) => {
    await expect(put(name, input)).rejects.toBeInstanceOf(error);
  });

  it('counts bytes, and moves up a tier when it may', async () => {
    await expect(put('/a', { Value: 'é'.repeat(2049) })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    expect(await put('/a', { Value: 'v'.repeat(4097), Tier: 'Intelligent-Tiering' })).toMatchObject({
      Tier: 'Advanced',
    });
    await expect(put('/a', { Tier: 'Standard', Overwrite: true })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  it('without telling the value', async () => {
    await expect(put('/a', { Value: `canary${'v'.repeat(5000)}` })).rejects.toMatchObject({
      message: expect.not.stringContaining('canary'),
    });
  });
});

describe('GetParameters and GetParametersByPath', () => {
  it('give what there is and name what there is not', async () => {
    await put('/a');
    const { Parameters, InvalidParameters } = await fixture.client.send(
      new GetParametersCommand({ Names: ['/a', '/b'] }),
    );
    expect(Parameters?.map(({ Name }) => Name)).toEqual(['/a']);
    expect(InvalidParameters).toEqual(['/b']);
    await expect(
      fixture.client.send(
        new GetParametersCommand({ Names: Array.from({ length: 11 }, (_, n) => `/n${n}`) }),
      ),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('walk a hierarchy: one level or all, ten a page', async () => {
    for (let number = 0; number < 12; number += 1) await put(`/app/n${number}`);
    await put('/app/deep/er');
    await put('/apple');
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await fixture.client.send(
        new GetParametersByPathCommand({ Path: '/app', Recursive: true, NextToken }),
      );
      expect(page.Parameters?.length).toBeLessThanOrEqual(10);
      names.push(...(page.Parameters ?? []).map(({ Name }) => Name ?? ''));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(names).toHaveLength(13);
    expect(names).not.toContain('/apple');
    const one = await fixture.client.send(new GetParametersByPathCommand({ Path: '/app/deep/' }));
    expect(one.Parameters?.map(({ Name }) => Name)).toEqual(['/app/deep/er']);
    const level = await fixture.client.send(new GetParametersByPathCommand({ Path: '/' }));
    expect(level.Parameters?.map(({ Name }) => Name)).toEqual(['/apple']);
  });

  it('filter by type and refuse other filters and paths', async () => {
    await put('/app/plain');
    await put('/app/secret', { Type: 'SecureString' });
    const ask = (input: object) =>
      fixture.client.send(new GetParametersByPathCommand({ Path: '/app', ...input }));
    const { Parameters } = await ask({ ParameterFilters: [{ Key: 'Type', Values: ['SecureString'] }] });
    expect(Parameters?.map(({ Name }) => Name)).toEqual(['/app/secret']);
    await expect(ask({ ParameterFilters: [{ Key: 'Name', Values: ['x'] }] })).rejects.toBeInstanceOf(
      InvalidFilterKey,
    );
    await expect(ask({ Path: 'app' })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(ask({ MaxResults: 11 })).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('a node with its instance role', () => {
  it('reads below its prefix only, by every way of naming', async () => {
    await put(`${PREFIX}/k3s/token`, { Type: 'SecureString', Value: 'canary' });
    await put('/stagecraft/sandboxed/token');
    const { accessKeyId, secretAccessKey, sessionToken } = fixture.credentials.forNode(instanceId(1), PREFIX);
    const node = ssmClient(fixture.url, { accessKeyId, secretAccessKey, sessionToken });
    const denied = { name: 'AccessDeniedException' };
    const { Parameter } = await node.send(
      new GetParameterCommand({ Name: `${PREFIX}/k3s/token:1`, WithDecryption: true }),
    );
    expect(Parameter?.Value).toBe('canary');
    const byPath = await node.send(new GetParametersByPathCommand({ Path: PREFIX, Recursive: true }));
    expect(byPath.Parameters).toHaveLength(1);
    await expect(
      node.send(new GetParameterCommand({ Name: '/stagecraft/sandboxed/token' })),
    ).rejects.toMatchObject(denied);
    await expect(
      node.send(new GetParametersCommand({ Names: [`${PREFIX}/k3s/token`, '/other'] })),
    ).rejects.toMatchObject(denied);
    await expect(node.send(new GetParametersByPathCommand({ Path: '/' }))).rejects.toMatchObject(denied);
    await expect(
      node.send(new PutParameterCommand({ Name: `${PREFIX}/x`, Value: 'v', Type: 'String' })),
    ).rejects.toMatchObject(denied);
    await expect(
      node.send(new DeleteParameterCommand({ Name: `${PREFIX}/k3s/token` })),
    ).rejects.toMatchObject(denied);
    node.destroy();
  });
});

describe('parameters in a file', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parameters-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const write = {
    name: '/a',
    type: 'SecureString',
    dataType: 'text',
    tier: 'Standard',
    value: 'v',
    modifiedAt: 1,
  } as const;

  it('outlive the store, readable by their owner only', () => {
    const file = join(folder, 'parameters.json');
    createParameterStore(fileParameterPersistence(file)).put(write);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(createParameterStore(fileParameterPersistence(file)).get('/a')?.versions[0]?.value).toBe('v');
  });

  it('are wiped with the store', () => {
    const file = join(folder, 'parameters.json');
    const store = createParameterStore(fileParameterPersistence(file));
    store.put(write);
    store.clear();
    expect(store.all()).toEqual([]);
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });

  it.each(['{', '[{"name":"/a"}]'])('that can not be read say what to do: %s', (content) => {
    const file = join(folder, 'parameters.json');
    writeFileSync(file, content);
    expect(() => createParameterStore(fileParameterPersistence(file))).toThrow(/reset/);
  });
});
