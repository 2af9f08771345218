const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Paint = Readonly<Record<keyof typeof codes, (text: string) => string>>;

/** Functions that colour text, or leave it as it is. */
export function paint(isOn: boolean): Paint {
  const style =
    ([open, close]: readonly [number, number]) =>
    (text: string) =>
      isOn ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: style(codes.bold),
    dim: style(codes.dim),
    red: style(codes.red),
    green: style(codes.green),
    yellow: style(codes.yellow),
    cyan: style(codes.cyan),
  };
}

/** Whether a stream wants colours: a terminal, unless NO_COLOR (no-color.org) is set; FORCE_COLOR overrides. */
export function wantsColor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if ((env.FORCE_COLOR ?? '') !== '' && env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}
