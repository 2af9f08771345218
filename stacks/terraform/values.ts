import type { Properties } from './configuration';

/** A text, unless it is an expression that only AWS can answer. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && !value.includes('${') ? value : undefined;
}

/** A number; Terraform JSON may write it as text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

/** Blocks of that name: CDKTF writes one as an object, several as a list. */
export function blocksOf(value: unknown): readonly Properties[] {
  if (Array.isArray(value)) return value.flatMap(blocksOf);
  // An object of unknown values is what Properties is.
  return typeof value === 'object' && value !== null ? [value as Properties] : [];
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The tag `Name`. */
export function nameTag(properties: Properties): string | undefined {
  return textOf(blocksOf(properties.tags)[0]?.Name);
}
