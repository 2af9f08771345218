import type { Resource, TerraformConfiguration } from '../terraform/configuration';
import type { PriceBook } from './prices';
import type { Usage } from './usage';

/** Something that a resource is billed for: so many units a month of what the price table calls `price`. */
export interface Charge {
  /** For people: `t3.medium, on demand`. */
  readonly what: string;
  /** Key in the price table. */
  readonly price: string;
  /** Units a month, in the unit of the price. */
  readonly quantity: number;
  /** Share of the price that is paid; spot capacity has one. Default: 1. */
  readonly share?: number;
  /** Whether the quantity is an assumption (see usage.ts) rather than what the stack says. Default: false. */
  readonly assumed?: boolean;
}

export interface EstimatorContext {
  readonly stack: TerraformConfiguration;
  readonly usage: Usage;
  readonly prices: PriceBook;
}

/** What a resource is billed for; or, as a text, why this one is free though its type is not. */
export type Estimator = (resource: Resource, context: EstimatorContext) => readonly Charge[] | string;

/** The estimators of some resource types. */
export type Estimators = Readonly<Record<string, Estimator>>;
