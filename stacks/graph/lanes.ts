import { boxAt, boxHeight, page } from './card';
import { type Flow, portsLabel } from './flows';
import type { Lane } from './lane';
import type { Box, Picture, Zone } from './model';
import { arrow, fitted, type Place, rectangle, text, textWidth } from './svg';

const inset = 16;
const head = 26;
const stripHeight = 24;
const between = 46;

export interface DrawnLanes {
  readonly parts: readonly string[];
  /** To be drawn last: arrows pass below them. */
  readonly labels: readonly string[];
  readonly height: number;
  readonly privatePlace: Place;
  readonly natPlace: Place | undefined;
  readonly balancerPlace: Place | undefined;
}

interface PlacedLane {
  readonly lane: Lane;
  readonly place: Place;
  readonly parts: readonly string[];
  readonly natPlace?: Place | undefined;
  readonly balancerPlace?: Place | undefined;
}

/** The VPC: its zones as columns, its lanes as rows, and between the rows the arrows of the security groups. */
export function drawLanes(
  picture: Picture,
  at: { readonly x: number; readonly y: number; readonly width: number },
): DrawnLanes {
  const lanes = (['public', 'private', 'data'] as const).filter((lane) =>
    picture.zones.some(({ cells }) => cells[lane] !== undefined),
  );
  const placed: PlacedLane[] = [];
  let y = at.y + 58;
  for (const lane of lanes) {
    const drawn = drawLane(picture, lane, { x: at.x + inset, y, width: at.width - 2 * inset });
    placed.push(drawn);
    y += drawn.place.height + between;
  }
  const height = y - between + inset - at.y;
  const outer = { ...at, height };
  return {
    height,
    parts: [
      rectangle('vpc', outer, 10),
      ...placed.flatMap(({ parts }) => parts),
      ...laneArrows(picture, placed),
    ],
    labels: [
      text('h2 halo', at.x + inset, at.y + 24, `VPC ${picture.cidr}`),
      ...picture.zones.map(({ name }, index) => {
        const { x, width } = columnOf(picture, index, at);
        return text('h2 m halo', x + width / 2, at.y + 46, `zone ${name}`);
      }),
    ],
    privatePlace: placed.find(({ lane }) => lane === 'private')?.place ?? outer,
    natPlace: placed.find(({ natPlace }) => natPlace !== undefined)?.natPlace,
    balancerPlace: placed.find(({ balancerPlace }) => balancerPlace !== undefined)?.balancerPlace,
  };
}

function columnOf({ zones }: Picture, index: number, at: { readonly x: number; readonly width: number }) {
  const inner = at.width - 2 * inset;
  const width = (inner - page.gap * (zones.length - 1)) / Math.max(1, zones.length);
  return { x: at.x + inset + index * (width + page.gap), width };
}

function drawLane(
  picture: Picture,
  lane: Lane,
  at: { readonly x: number; readonly y: number; readonly width: number },
): PlacedLane {
  const outer = { x: at.x - inset, width: at.width + 2 * inset };
  const columns = picture.zones.map((zone, index) => ({ zone, ...columnOf(picture, index, outer) }));
  const perRow = Math.max(1, Math.floor(((columns[0]?.width ?? 0) - inset) / 178));
  const rows = Math.max(
    1,
    ...columns.map(({ zone }) => Math.ceil((zone.cells[lane]?.boxes.length ?? 0) / perRow)),
  );
  const balancers = lane === 'public' ? picture.balancers : [];
  const strip = insideFlows(picture, lane);
  const balancersHeight = balancers.length * (boxHeight + 10);
  const height = head + balancersHeight + rows * (boxHeight + 8) + 6;
  const cells = columns.flatMap(({ zone, x, width }) =>
    drawCell(zone, lane, { x, y: at.y, width, height }, perRow, balancersHeight),
  );
  const bars = balancers.map((box, index) => ({
    box,
    place: {
      x: at.x + 8,
      y: at.y + head + index * (boxHeight + 10),
      width: at.width - 16,
      height: boxHeight,
    },
  }));
  const stripAt = at.y + height + 6;
  const [firstBar] = bars;
  const nat = columns.some(({ zone }) => zone.cells[lane]?.boxes.some(({ kind }) => kind === 'nat'));
  return {
    lane,
    place: { ...at, height: height + (strip.length === 0 ? 0 : 6 + strip.length * stripHeight) },
    parts: [
      ...cells,
      ...bars.flatMap(({ box, place }) => boxAt(box, place)),
      ...strip.flatMap((flow, index) => drawInside(flow, at.x, stripAt + index * stripHeight)),
    ],
    natPlace: nat ? { ...at, height } : undefined,
    balancerPlace: firstBar?.place,
  };
}

function drawCell(zone: Zone, lane: Lane, place: Place, perRow: number, below: number): readonly string[] {
  const cell = zone.cells[lane];
  if (cell === undefined) return [];
  const width = (place.width - inset - 8 * (perRow - 1)) / perRow;
  const boxes: readonly Box[] = cell.boxes;
  return [
    rectangle(lane, place, 8),
    text('d', place.x + 10, place.y + 17, cell.label),
    ...boxes.flatMap((box, index) =>
      boxAt(box, {
        x: place.x + 8 + (index % perRow) * (width + 8),
        y: place.y + head + below + Math.floor(index / perRow) * (boxHeight + 8),
        width,
        height: boxHeight,
      }),
    ),
  ];
}

/** Flows that stay in a lane, and those that skip one: they are written below it. */
function insideFlows({ flows }: Picture, lane: Lane): readonly Flow[] {
  return flows.filter(({ from, to }) => to.place === lane && !isDrawnBetween(from.place, to.place));
}

function isDrawnBetween(from: string, to: string): boolean {
  return ['internet public', 'edge public', 'public private', 'private data', 'private public'].includes(
    `${from} ${to}`,
  );
}

/** `nodes ──▶ servers   tcp 6443` */
function drawInside(flow: Flow, x: number, y: number): readonly string[] {
  const { from, to } = flow;
  const start = x + 10;
  const fromEnd = start + textWidth(from.name, 11) + 8;
  const toStart = fromEnd + 46;
  const label = from.name === to.name ? 'one another' : to.name;
  return [
    text('p', start, y + 15, from.name),
    arrow('flow', [fromEnd, y + 11], [toStart, y + 11]),
    text('p', toStart + 8, y + 15, label),
    text('d', toStart + 20 + textWidth(label, 11), y + 15, portsLabel(flow)),
  ];
}

/** Flows from one lane to the next, side by side. */
function laneArrows({ flows, wayOut }: Picture, placed: readonly PlacedLane[]): readonly string[] {
  return placed.flatMap(({ place: upper, lane }, index) => {
    const next = placed[index + 1];
    if (next === undefined) return [];
    const down = flows.filter(({ from, to }) => from.place === lane && to.place === next.lane);
    const up = flows.filter(({ from, to }) => from.place === next.lane && to.place === lane);
    const above = upper.y + upper.height;
    const below = next.place.y;
    const out = wayOut && lane === 'public';
    const all = [...down.map((flow) => ({ flow, up: false })), ...up.map((flow) => ({ flow, up: true }))];
    const left = upper.x + (out ? 200 : 24);
    const room = (upper.x + upper.width - left) / Math.max(1, all.length);
    return [
      ...(out
        ? [
            arrow('way', [upper.x + 44, below - 2], [upper.x + 44, above + 4]),
            text('d', upper.x + 54, above + 27, 'out, by NAT'),
          ]
        : []),
      ...all.flatMap(({ flow, up: rises }, position) => {
        const x = left + position * room;
        const label = `${flow.from.name} to ${flow.to.name}: ${portsLabel(flow)}`;
        return [
          arrow('flow', rises ? [x, below - 2] : [x, above + 2], rises ? [x, above + 4] : [x, below - 3]),
          text('p', x + 10, above + 27, fitted(label, room - 24, 11)),
        ];
      }),
    ];
  });
}
