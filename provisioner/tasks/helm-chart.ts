import type { Task } from '../engine/task';
import { manifest } from './manifest';
import type { TaskOptions } from './options';
import { toYaml } from './yaml';

export interface HelmChartOptions extends TaskOptions {
  /** Name of the release and of the HelmChart object. */
  readonly release: string;
  /** Name of the chart in `repository`, or an `oci://` address. */
  readonly chart: string;
  /** URL of the chart repository; absent for an `oci://` chart. */
  readonly repository?: string;
  /** Exact version of the chart. */
  readonly version: string;
  /** Namespace that the release lives in; made when it is missing. */
  readonly namespace: string;
  /** Values of the chart. Default: its own. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** How long Helm waits for one operation, as Go writes a duration. Default: `300s`. */
  readonly timeout?: string;
}

/** A Helm release, made and kept by the controller that is part of K3s. Runs on a server; wait for its effect apart. */
export function helmChart(options: HelmChartOptions): Task {
  const { release, chart, repository, version, namespace, values, timeout } = options;
  return manifest({
    ...options,
    name: options.name ?? `chart ${release} ${version}`,
    objects: [
      {
        apiVersion: 'helm.cattle.io/v1',
        kind: 'HelmChart',
        // The namespace that the controller watches for the platform's own charts.
        metadata: { name: release, namespace: 'kube-system' },
        spec: {
          chart,
          ...(repository !== undefined && { repo: repository }),
          version,
          targetNamespace: namespace,
          createNamespace: true,
          ...(values !== undefined && { valuesContent: toYaml(values) }),
          ...(timeout !== undefined && { timeout }),
        },
      },
    ],
  });
}
