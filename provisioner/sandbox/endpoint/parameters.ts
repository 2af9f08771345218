import { z } from 'zod';
import type { OperationContext } from './operation';
import { page } from './paging';
import { parseReference, requireCreatableName } from './parameter-names';
import type { ParameterTier, StoredParameter, StoredVersion } from './parameter-store';
import { ServiceError, validationException } from './service-error';
import { parseInput, shapes } from './validation';

/** Characters (bytes of UTF-8) that a value may have in each tier. */
const MAX_VALUE_BYTES = { Standard: 4096, Advanced: 8192 } as const;

const name = z.string().min(1).max(2048);

const putInput = z.object({
  Name: name,
  Value: z.string().min(1),
  Description: z.string().max(1024).optional(),
  Type: z.enum(['String', 'StringList', 'SecureString']).optional(),
  KeyId: z
    .string()
    .max(256)
    .regex(/^([a-zA-Z0-9:/_-]+)$/)
    .optional(),
  Overwrite: z.boolean().default(false),
  AllowedPattern: z.string().max(1024).optional(),
  Tags: z
    .array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) }))
    .max(1000)
    .optional(),
  Tier: z.enum(['Standard', 'Advanced', 'Intelligent-Tiering']).optional(),
  DataType: z.string().max(128).default('text'),
});

const getInput = z.object({ Name: name, WithDecryption: z.boolean().default(false) });
const getManyInput = z.object({
  Names: z.array(name).min(1).max(10),
  WithDecryption: z.boolean().default(false),
});
const byPathInput = z.object({
  Path: name,
  Recursive: z.boolean().default(false),
  WithDecryption: z.boolean().default(false),
  ParameterFilters: z
    .array(
      z.object({
        Key: z.string().min(1).max(132),
        Option: z.string().min(1).max(10).default('Equals'),
        Values: z.array(z.string().min(1).max(1024)).min(1).max(50),
      }),
    )
    .default([]),
  MaxResults: z.number().int().min(1).max(10).default(10),
  NextToken: shapes.nextToken.optional(),
});
const deleteInput = z.object({ Name: name });

type PutInput = z.output<typeof putInput>;
type PathFilter = z.output<typeof byPathInput>['ParameterFilters'][number];

export function putParameter(input: unknown, { parameters, clock }: OperationContext): object {
  const wanted = parseInput(putInput, input);
  const parameterName = wanted.Name.trim();
  requireCreatableName(parameterName);
  const existing = parameters.get(parameterName);
  const type = typeOf(wanted, existing);
  requireKey(wanted, type);
  requireDataType(wanted, type);
  requirePattern(wanted);
  const tier = tierOf(wanted, existing);
  const version = parameters.put({
    name: parameterName,
    type,
    tier,
    dataType: wanted.DataType,
    value: wanted.Value,
    modifiedAt: clock.now(),
    ...(wanted.KeyId === undefined ? {} : { keyId: wanted.KeyId }),
  });
  return { Version: version.version, Tier: tier };
}

export function getParameter(input: unknown, context: OperationContext): object {
  const wanted = parseInput(getInput, input);
  return { Parameter: lookUp(wanted.Name, wanted.WithDecryption, context) };
}

export function getParameters(input: unknown, context: OperationContext): object {
  const wanted = parseInput(getManyInput, input);
  const found: object[] = [];
  const missing: string[] = [];
  for (const reference of new Set(wanted.Names)) {
    try {
      found.push(lookUp(reference, wanted.WithDecryption, context));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      missing.push(reference);
    }
  }
  return { Parameters: found, InvalidParameters: missing };
}

export function getParametersByPath(input: unknown, context: OperationContext): object {
  const wanted = parseInput(byPathInput, input);
  if (!/^\/([A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*\/?)?$/.test(wanted.Path))
    throw validationException('The path has to begin with a slash and be made of valid parameter names.');
  const prefix = wanted.Path.endsWith('/') ? wanted.Path : `${wanted.Path}/`;
  const below = context.parameters
    .all()
    .filter(({ name }) => name.startsWith(prefix))
    .filter(({ name }) => wanted.Recursive || !name.slice(prefix.length).includes('/'))
    .filter((parameter) => wanted.ParameterFilters.every((filter) => passes(parameter, filter)));
  const { items, nextToken } = page(below, ({ name }) => name, {
    size: wanted.MaxResults,
    token: wanted.NextToken,
  });
  return {
    Parameters: items.map((parameter) => shape(parameter, newest(parameter), wanted.WithDecryption, context)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

export function deleteParameter(input: unknown, { parameters }: OperationContext): object {
  const wanted = parseInput(deleteInput, input);
  if (!parameters.delete(wanted.Name)) throw notFound(wanted.Name);
  return {};
}

function typeOf(wanted: PutInput, existing: StoredParameter | undefined): StoredParameter['type'] {
  if (existing === undefined) {
    if (wanted.Type === undefined)
      throw validationException('A parameter type is required when you create a parameter.');
    if (wanted.Tags !== undefined && wanted.Overwrite) throw tagsAndOverwrite();
    return wanted.Type;
  }
  if (!wanted.Overwrite)
    throw new ServiceError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  if (wanted.Tags !== undefined) throw tagsAndOverwrite();
  if (wanted.Type !== undefined && wanted.Type !== existing.type)
    throw new ServiceError(
      'HierarchyTypeMismatchException',
      `The type of a parameter can't change: ${existing.name} is a ${existing.type}.`,
    );
  return existing.type;
}

function requireKey(wanted: PutInput, type: StoredParameter['type']): void {
  if (wanted.KeyId === undefined) return;
  if (type !== 'SecureString') throw validationException('KeyId is only valid for the type SecureString.');
  const known =
    /^(alias\/[A-Za-z0-9/_-]+|(mrk-)?[0-9a-f-]{32,36}|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/.+)$/;
  if (!known.test(wanted.KeyId))
    throw new ServiceError('InvalidKeyId', `The key id is not valid: ${wanted.KeyId}.`);
}

function requireDataType(wanted: PutInput, type: StoredParameter['type']): void {
  if (wanted.DataType === 'text') return;
  if (wanted.DataType !== 'aws:ec2:image')
    throw validationException(
      `The data type ${wanted.DataType} is not supported: use text or aws:ec2:image.`,
    );
  if (type !== 'String')
    throw new ServiceError(
      'UnsupportedParameterType',
      `The data type ${wanted.DataType} needs the type String.`,
    );
}

function requirePattern(wanted: PutInput): void {
  if (wanted.AllowedPattern === undefined || wanted.AllowedPattern === '') return;
  let pattern: RegExp;
  try {
    pattern = new RegExp(wanted.AllowedPattern);
  } catch {
    throw new ServiceError('InvalidAllowedPatternException', 'The allowed pattern is no regular expression.');
  }
  if (!pattern.test(wanted.Value))
    throw new ServiceError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${wanted.AllowedPattern}`,
    );
}

function tierOf(wanted: PutInput, existing: StoredParameter | undefined): ParameterTier {
  const bytes = Buffer.byteLength(wanted.Value);
  const asked = wanted.Tier ?? existing?.tier ?? 'Standard';
  if (existing?.tier === 'Advanced' && asked === 'Standard')
    throw validationException(
      "An advanced parameter can't become a standard one again: delete it and make a new one.",
    );
  const tier =
    asked === 'Intelligent-Tiering' ? (bytes > MAX_VALUE_BYTES.Standard ? 'Advanced' : 'Standard') : asked;
  if (bytes > MAX_VALUE_BYTES[tier])
    throw validationException(
      `${tier} tier parameters support a maximum parameter value of ${MAX_VALUE_BYTES[tier]} characters.`,
    );
  return existing?.tier === 'Advanced' ? 'Advanced' : tier;
}

function lookUp(reference: string, decrypt: boolean, context: OperationContext): object {
  const { name, selector } = parseReference(reference);
  const parameter = context.parameters.get(name) ?? context.parameters.get(name.replace(/^\//, ''));
  if (parameter === undefined) throw notFound(name);
  if (selector === undefined) return shape(parameter, newest(parameter), decrypt, context);
  const version = parameter.versions.find((candidate) => selector === `:${candidate.version}`);
  if (version === undefined)
    throw new ServiceError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${selector.slice(1)} of ${name}. Verify the version and try again.`,
    );
  return { ...shape(parameter, version, decrypt, context), Selector: selector };
}

function newest(parameter: StoredParameter): StoredVersion {
  const version = parameter.versions.at(-1);
  if (version === undefined) throw new Error(`parameter ${parameter.name} has no version`);
  return version;
}

function shape(
  parameter: StoredParameter,
  version: StoredVersion,
  decrypt: boolean,
  { region, accountId }: OperationContext,
): object {
  return {
    Name: parameter.name,
    Type: parameter.type,
    Value: decrypt ? version.value : (version.ciphertext ?? version.value),
    Version: version.version,
    LastModifiedDate: version.modifiedAt / 1000,
    ARN: `arn:aws:ssm:${region}:${accountId}:parameter/${parameter.name.replace(/^\//, '')}`,
    DataType: parameter.dataType,
  };
}

function passes(parameter: StoredParameter, filter: PathFilter): boolean {
  if (filter.Key !== 'Type' && filter.Key !== 'KeyId')
    throw new ServiceError(
      'InvalidFilterKey',
      `Filter key ${filter.Key} is not valid here: use Type or KeyId.`,
    );
  if (filter.Option !== 'Equals' && filter.Option !== 'BeginsWith')
    throw new ServiceError(
      'InvalidFilterOption',
      `Filter option ${filter.Option} is not valid: use Equals or BeginsWith.`,
    );
  const actual = filter.Key === 'Type' ? parameter.type : (newest(parameter).keyId ?? '');
  return filter.Values.some((value) =>
    filter.Option === 'Equals' ? actual === value : actual.startsWith(value),
  );
}

function notFound(parameterName: string): ServiceError {
  return new ServiceError('ParameterNotFound', `Parameter ${parameterName} not found.`);
}

function tagsAndOverwrite(): ServiceError {
  return validationException(
    "Tags and Overwrite can't be used together: tag an existing parameter in its own call.",
  );
}
