/** What stands in for AWS and the network beside the nodes: each on a loopback port of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { issuerDocuments } from '../inventory/schema';
import {
  type AgentDirectory,
  type CredentialStore,
  createParameterStore,
  createSsmEndpoint,
  fileParameterPersistence,
  type Listener,
  type SettingsStore,
  type SsmEndpoint,
} from './endpoint';
import { createElastiCache } from './endpoint/elasticache';
import { createS3 } from './endpoint/s3';
import type { Identity } from './identity';
import { backupBucketOf, cacheUserOf, issuerBucketOf } from './inventory';
import { createMirror } from './mirror';
import type { SandboxPlan } from './plan';
import type { StateFolder } from './state-folder';

export interface Services {
  /** What SSM's calls are answered by. */
  readonly endpoint: SsmEndpoint;
  readonly ssm: Listener;
  readonly mirror: Listener;
  readonly s3: Listener;
  readonly elasticache: Listener;
}

interface Parts {
  readonly state: StateFolder;
  readonly plan: SandboxPlan;
  readonly identity: Identity;
  readonly settings: SettingsStore;
  readonly credentials: CredentialStore;
  readonly agents: AgentDirectory;
}

export async function startServices(parts: Parts): Promise<Services> {
  const { state, plan, identity, settings, credentials, agents } = parts;
  const { region, accountId } = plan;
  const parameters = createParameterStore(fileParameterPersistence(state.parameters));
  const endpoint = createSsmEndpoint({ region, accountId, agents, credentials, parameters, settings });
  const s3 = createS3({
    region,
    buckets: {
      [backupBucketOf(plan)]: { folder: state.s3, pruned: `${plan.environment}/etcd/` },
      [issuerBucketOf(plan)]: { folder: state.issuer, publicKeys: Object.values(issuerDocuments) },
    },
    credentials,
  });
  const elasticache = createElastiCache({
    region,
    accountId,
    userId: cacheUserOf(plan),
    file: state.cacheUser,
    credentials,
    settings,
  });
  return {
    endpoint,
    ssm: await identity.listen('ssm', endpoint.handler),
    mirror: await identity.listen('mirror', mirrorOf(settings).handler),
    s3: await identity.listen('s3', s3),
    elasticache: await identity.listen('elasticache', elasticache),
  };
}

export async function stopServices({ ssm, mirror, s3, elasticache }: Services): Promise<void> {
  await Promise.all([ssm, mirror, s3, elasticache].map((one) => one.close()));
}

function mirrorOf(settings: SettingsStore): ReturnType<typeof createMirror> {
  const binary = readFileSync(join(__dirname, 'stand-ins', 'k3s.sh'), 'utf8');
  return createMirror({
    k3sBinary: (version, arch) => binary.replaceAll('@VERSION@', version).replaceAll('@ARCH@', arch),
    airgapImages: (version, arch) => `simulated K3s images ${version} ${arch}\n`,
    fault: () => settings.get().mirrorFault,
    archive: () => settings.get().packageArchive,
  });
}
