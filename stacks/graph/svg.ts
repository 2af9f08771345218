/** Small parts of an SVG picture. Everything is text in, text out. */

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function rectangle(className: string, { x, y, width, height }: Place, radius = 6): string {
  return `<rect class="${className}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}"/>`;
}

export function text(className: string, x: number, y: number, content: string): string {
  return `<text class="${className}" x="${x}" y="${y}">${escaped(content)}</text>`;
}

/** Cut to what fits, for SVG does not wrap. Widths of letters are estimated: 0.56 of the size in a sans-serif font. */
export function fitted(content: string, width: number, size: number): string {
  const letters = Math.floor(width / (size * 0.56));
  return content.length <= letters ? content : `${content.slice(0, Math.max(1, letters - 1))}…`;
}

export function textWidth(content: string, size: number): number {
  return Math.ceil(content.length * size * 0.56);
}

/** A line with a head at its end, along one axis. */
export function arrow(
  className: string,
  from: readonly [number, number],
  to: readonly [number, number],
): string {
  const [x1, y1] = from;
  const [x2, y2] = to;
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [baseX, baseY] = [x2 - dx * 8, y2 - dy * 8];
  const corner = (side: number) => `${round(baseX - dy * 4 * side)},${round(baseY + dx * 4 * side)}`;
  return (
    `<path class="line ${className}" d="M${x1},${y1} L${round(baseX)},${round(baseY)}"/>` +
    `<path class="head ${className}" d="M${x2},${y2} L${corner(1)} L${corner(-1)} Z"/>`
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Follows the reader's colour scheme; the background is painted, so that the picture is readable on any page. */
export const styles = `
  :root { --page: #ffffff; --ink: #1f2328; --soft: #59636e; --edge: #d1d9e0; --vpc: #f6f8fa; --card: #ffffff;
    --public: #ddf4ff; --private: #dafbe1; --data: #fff1e5; --accent: #0969da; --server: #8250df; --node: #1a7f37;
    --store: #bc4c00; --nat: #0969da; --way: #59636e; }
  @media (prefers-color-scheme: dark) {
    :root { --page: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --edge: #3d444d; --vpc: #151b23; --card: #0d1117;
      --public: #0f2240; --private: #0c2a1a; --data: #331c12; --accent: #4493f8; --server: #ab7df8; --node: #3fb950;
      --store: #f0883e; --nat: #4493f8; --way: #9198a1; }
  }
  text { font-family: system-ui, -apple-system, "Segoe UI", "Liberation Sans", Helvetica, Arial, sans-serif; fill: var(--ink); }
  .h1 { font-size: 20px; font-weight: 600; } .h2 { font-size: 13px; font-weight: 600; } .t { font-size: 13px; font-weight: 500; }
  .d { font-size: 11px; fill: var(--soft); } .p { font-size: 11px; fill: var(--ink); } .m { text-anchor: middle; }
  .halo { paint-order: stroke; stroke: var(--vpc); stroke-width: 6px; stroke-linejoin: round; }
  .page { fill: var(--page); } .vpc { fill: var(--vpc); stroke: var(--edge); stroke-width: 1.5; }
  .public { fill: var(--public); } .private { fill: var(--private); } .data { fill: var(--data); }
  .card { fill: var(--card); stroke: var(--edge); } .bar { fill: var(--vpc); stroke: var(--edge); }
  .mark-server { fill: var(--server); } .mark-node { fill: var(--node); } .mark-store { fill: var(--store); }
  .mark-nat, .mark-balancer, .mark-edge, .mark-service { fill: var(--nat); }
  .line { fill: none; stroke-width: 1.6; } .head { stroke: none; }
  .line.flow { stroke: var(--accent); } .head.flow { fill: var(--accent); }
  .line.way { stroke: var(--way); stroke-dasharray: 5 4; } .head.way { fill: var(--way); }
`;
