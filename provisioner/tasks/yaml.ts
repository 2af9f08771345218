import { stringify } from 'yaml';

/** A value as YAML text. Long lines stay whole: a folded command line would be hard to find in a diff. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}

/** Several values as one YAML stream, the form in which `kubectl` takes several objects. */
export function toYamlDocuments(values: readonly unknown[]): string {
  return values.map(toYaml).join('---\n');
}
