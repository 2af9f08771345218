import { z } from 'zod';
import { type Cidr, contains, parseCidr } from '../cidr';
import { regionAllowed, zonesOf } from '../zones';

/**
 * Field types that the sections of the schema share. By convention the message of a schema says what is allowed, as a
 * noun phrase: `defineEnvironment` puts the path and the value that was given in front of it.
 */

/** A whole number within bounds, both included. */
export function integer(from: number, to: number, unit?: string) {
  const allowed = `a whole number from ${from} to ${to}${unit === undefined ? '' : ` (${unit})`}`;
  return z.int({ error: allowed }).min(from, { error: allowed }).max(to, { error: allowed });
}

/** A string that matches a pattern; `allowed` says in words what the pattern says. */
export function text(pattern: RegExp, allowed: string) {
  return z.string({ error: allowed }).regex(pattern, { error: allowed });
}

/** A name that AWS, DNS and Kubernetes all accept, with a bound that keeps the names made of it within their limits. */
export function name(maximum: number) {
  const allowed = `up to ${maximum} lower-case letters, digits and inner hyphens, a letter first`;
  return text(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, allowed).max(maximum, { error: allowed });
}

/** A fully qualified host name without the final dot (RFC 1123). */
export const hostName = text(
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/,
  'a host name in lower case, such as "tickets.example.com"',
);

/** A region of AWS. One that is misspelled would else be found by AWS, in the middle of a deployment. */
export const region = z
  .string({ error: ({ input }) => regionAllowed(input) })
  .refine((value) => zonesOf(value) !== undefined, { error: ({ input }) => regionAllowed(input) });

/**
 * A list that has each of its elements once: of two that are the same AWS refuses one, or takes it for nothing.
 *
 * @param what an element, as a noun: "block"
 * @param sameAs what two elements are told apart by. Default: all that they are
 */
export function unique<Element extends z.ZodType>(
  what: string,
  list: z.ZodArray<Element>,
  sameAs: (element: z.output<Element>) => unknown = (element) => element,
) {
  return list.superRefine((elements, context) => {
    const seen = new Set<string>();
    elements.forEach((element, index) => {
      const key = JSON.stringify(sameAs(element)) ?? '';
      if (seen.has(key))
        context.addIssue({ code: 'custom', path: [index], input: element, message: `each ${what} once` });
      seen.add(key);
    });
  });
}

/** A private IPv4 block. AWS takes /16 to /28 for a VPC; pods and services may use larger ones. */
export function privateCidr(shortest: number, longest: number) {
  const allowed = `a private IPv4 block (RFC 1918 or RFC 6598) from /${shortest} to /${longest} that starts at its first address, such as "10.0.0.0/${shortest}"`;
  return z.string({ error: allowed }).refine(
    (value) => {
      const block = parseCidr(value);
      return (
        block !== undefined &&
        block.prefix >= shortest &&
        block.prefix <= longest &&
        privateBlocks.some((outer) => contains(outer, block))
      );
    },
    // abort: what is computed from the block is not asked of a wrong one.
    { error: allowed, abort: true },
  );
}

const privateBlocks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10']
  .map(parseCidr)
  .filter((block): block is Cidr => block !== undefined);
