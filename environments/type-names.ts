import { nearest } from './nearest';

/** The types of machine that a service of AWS has, by their names: `t4g.medium`, `cache.t4g.micro`. */
export interface TypeNames {
  has(text: string): boolean;
  /** The type that a wrong one most likely means. */
  likely(text: string): string | undefined;
}

/** @param prefix what stands before the family, with its dot; EC2 has none */
export function typeNames(args: {
  readonly prefix: string;
  readonly families: readonly string[];
  /** Sizes of the families that save credits (`t3`, `t4g`), and of all others. */
  readonly sizes: { readonly burstable: RegExp; readonly others: RegExp };
}): TypeNames {
  const { prefix, families, sizes } = args;
  const has = (text: string) => {
    if (!text.startsWith(prefix)) return false;
    const [family = '', size = '', ...more] = text.slice(prefix.length).split('.');
    if (more.length > 0 || !families.includes(family)) return false;
    return (/^t\d/.test(family) ? sizes.burstable : sizes.others).test(size);
  };
  return {
    has,
    likely(text) {
      const [family = '', size = ''] = text
        .toLowerCase()
        .replace(/^(db|cache)\./, '')
        .split('.');
      const likely = `${prefix}${nearest(family, families) ?? family}.${nearest(size, commonSizes) ?? size}`;
      return likely !== text && has(likely) ? likely : undefined;
    },
  };
}

const commonSizes = ['nano', 'micro', 'small', 'medium', 'large', 'xlarge', '2xlarge', '4xlarge', '8xlarge'];
