import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../../errors';

const parameterTypes = ['String', 'StringList', 'SecureString'] as const;
const tiers = ['Standard', 'Advanced'] as const;

const versionSchema = z.strictObject({
  version: z.number().int().min(1),
  value: z.string(),
  /** What a reader sees of a SecureString without decryption. */
  ciphertext: z.string().optional(),
  keyId: z.string().optional(),
  modifiedAt: z.number(),
});

const parameterSchema = z.strictObject({
  name: z.string(),
  type: z.enum(parameterTypes),
  dataType: z.string(),
  tier: z.enum(tiers),
  /** Oldest first. */
  versions: z.array(versionSchema).min(1),
});

const fileSchema = z.array(parameterSchema);

export type StoredParameter = z.infer<typeof parameterSchema>;
export type StoredVersion = z.infer<typeof versionSchema>;
export type ParameterType = (typeof parameterTypes)[number];
export type ParameterTier = (typeof tiers)[number];

/** A new version of a parameter, already checked. */
export interface ParameterWrite {
  readonly name: string;
  readonly type: ParameterType;
  readonly dataType: string;
  readonly tier: ParameterTier;
  readonly value: string;
  readonly keyId?: string;
  readonly modifiedAt: number;
}

/** The state of Parameter Store. What may be written and how it is shown is in `parameters.ts`. */
export interface ParameterStore {
  get(name: string): StoredParameter | undefined;
  /** Every parameter, by name. */
  all(): readonly StoredParameter[];
  put(write: ParameterWrite): StoredVersion;
  /** Whether there was one. */
  delete(name: string): boolean;
  /** Forgets every parameter, in the file too. */
  clear(): void;
}

/** Where parameters outlive the process. */
export interface ParameterPersistence {
  load(): string | undefined;
  save(content: string): void;
  clear(): void;
}

/** Parameter Store keeps this many versions of a parameter. */
const MAX_VERSIONS = 100;

/**
 * @param persistence where parameters are kept; default: in memory only
 * @throws UserError when what is kept can't be read
 */
export function createParameterStore(persistence?: ParameterPersistence): ParameterStore {
  const parameters = new Map(parse(persistence?.load()).map((parameter) => [parameter.name, parameter]));
  const save = () => persistence?.save(JSON.stringify([...parameters.values()]));

  return {
    get: (name) => parameters.get(name),
    all: () => [...parameters.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    put(write) {
      const known = parameters.get(write.name);
      const version = newVersion(write, (known?.versions.at(-1)?.version ?? 0) + 1);
      const { name, type, dataType, tier } = write;
      const versions = [...(known?.versions ?? []), version].slice(-MAX_VERSIONS);
      parameters.set(name, { name, type, dataType, tier, versions });
      save();
      return version;
    },
    delete(name) {
      const existed = parameters.delete(name);
      if (existed) save();
      return existed;
    },
    clear() {
      parameters.clear();
      persistence?.clear();
    },
  };
}

/** Keeps parameters in a file that only its owner can read (mode 600); a write replaces it as a whole. */
export function fileParameterPersistence(file: string): ParameterPersistence {
  return {
    load: () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined),
    save(content) {
      const temporary = `${file}.${process.pid}.tmp`;
      writeFileSync(temporary, content, { mode: 0o600 });
      chmodSync(temporary, 0o600);
      renameSync(temporary, file);
    },
    clear: () => rmSync(file, { force: true }),
  };
}

function newVersion(write: ParameterWrite, version: number): StoredVersion {
  const { value, modifiedAt, keyId } = write;
  if (write.type !== 'SecureString') return { version, value, modifiedAt };
  // Nothing of the value, not even its length: random bytes in the form of what KMS returns.
  const ciphertext = Buffer.concat([Buffer.from('0102020078', 'hex'), randomBytes(160)]).toString('base64');
  return { version, value, modifiedAt, ciphertext, keyId: keyId ?? 'alias/aws/ssm' };
}

function parse(content: string | undefined): StoredParameter[] {
  if (content === undefined) return [];
  const parsed = fileSchema.safeParse(json(content));
  if (parsed.success) return parsed.data;
  throw new UserError(
    "the sandbox's stored parameters can't be read",
    'Wipe them with `npm run sandbox -- reset`; the next run makes new secrets.',
  );
}

function json(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
