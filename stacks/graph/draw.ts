import { boxAt, boxHeight, page } from './card';
import { type Flow, portsLabel } from './flows';
import { drawLanes } from './lanes';
import type { Box, Picture } from './model';
import { arrow, escaped, type Place, rectangle, styles, text } from './svg';

const servicesWidth = 236;
const vpc = { x: page.margin, width: page.width - 2 * page.margin - servicesWidth - 44 } as const;
/** Kept free of boxes, so that arrows pass. */
const channel = 230;

/** Draws a picture. The same picture gives the same text, letter by letter. */
export function draw(picture: Picture): string {
  const internet = { x: vpc.x, y: 64, width: vpc.width, height: 36 };
  const edge = picture.edge.length === 0 ? [] : edgeBoxes(picture.edge, internet.y + internet.height + 44);
  const edgeEnd = edge[0] === undefined ? internet.y + internet.height : edge[0].place.y + boxHeight;
  const top = edgeEnd + 52;
  const lanes = drawLanes(picture, { x: vpc.x, y: top, width: vpc.width });
  const services = drawServices(picture, lanes.privatePlace, top);
  const height = Math.max(top + lanes.height, services.end) + page.margin + 20;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${page.width} ${height}" width="${page.width}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(picture.title)}</title>`,
    `<desc id="description">${escaped(described(picture))}</desc>`,
    `<style>${styles}</style>`,
    rectangle('page', { x: 0, y: 0, width: page.width, height }, 0),
    text('h1', page.margin, 40, `${picture.title}, ${picture.region}`),
    rectangle('bar', internet),
    text('h2 m', internet.x + internet.width / 2, internet.y + 23, 'Internet'),
    ...edge.flatMap(({ box, place }) => boxAt(box, place)),
    ...edgeArrows(edge, internet),
    ...lanes.parts,
    ...entrances(picture, { internet, edge, top, balancer: lanes.balancerPlace }),
    ...wayOut(picture, internet, lanes.natPlace),
    ...services.parts,
    ...lanes.labels,
    text('d', page.margin, height - 16, legend(picture)),
    '</svg>',
    '',
  ].join('\n');
}

interface PlacedBox {
  readonly box: Box;
  readonly place: Place;
}

/** To the right of the channel for arrows, in the order in which a request meets them. */
function edgeBoxes(boxes: readonly Box[], y: number): readonly PlacedBox[] {
  const room = vpc.width - channel;
  const width = Math.min(200, (room - page.gap * (boxes.length - 1)) / boxes.length);
  return boxes.map((box, index) => ({
    box,
    place: { x: vpc.x + channel + index * (width + page.gap), y, width, height: boxHeight },
  }));
}

function edgeArrows(edge: readonly PlacedBox[], internet: Place): readonly string[] {
  return edge
    .filter(({ box }) => box.title !== 'WAF')
    .flatMap(({ box, place }) => {
      const x = place.x + place.width / 2;
      const label = box.title === 'Route 53' ? 'names' : 'https';
      return [
        arrow('way', [x, internet.y + internet.height], [x, place.y - 2]),
        text('d', x + 8, place.y - 18, label),
      ];
    });
}

interface Frame {
  readonly internet: Place;
  readonly edge: readonly PlacedBox[];
  readonly top: number;
  readonly balancer: Place | undefined;
}

/** From outside to the load balancer, as its security group allows. */
function entrances(picture: Picture, { internet, edge, balancer }: Frame): readonly string[] {
  if (balancer === undefined) return [];
  const cdn = edge.find(({ box }) => box.title === 'CloudFront')?.place;
  const inward = picture.flows.filter(({ to }) => to.place === 'public');
  const direct = inward.filter(({ from }) => from.place === 'internet' || cdn === undefined);
  const delivered = inward.filter(({ from }) => from.place === 'edge');
  const x = vpc.x + channel - 40;
  const y = internet.y + internet.height;
  return [
    ...direct.flatMap((flow) => [
      arrow('flow', [x, y], [x, balancer.y - 2]),
      text('p', x + 8, y + 26, portsLabel(flow)),
    ]),
    ...(cdn === undefined ? [] : fromCdn(cdn, balancer, delivered, picture.proxied)),
  ];
}

/** What CloudFront passes on: as a group allows it, or else through the same door as everyone. */
function fromCdn(cdn: Place, balancer: Place, flows: readonly Flow[], proxied: boolean): readonly string[] {
  const [flow] = flows;
  if (flow === undefined && !proxied) return [];
  // Beside the label of the subnet below.
  const x = cdn.x + cdn.width - 24;
  const y = cdn.y + cdn.height;
  return [
    arrow(flow === undefined ? 'way' : 'flow', [x, y], [x, balancer.y - 2]),
    flow === undefined ? text('d', x + 8, y + 28, 'API') : text('p', x + 8, y + 28, portsLabel(flow)),
  ];
}

function wayOut({ wayOut: exists }: Picture, internet: Place, nat: Place | undefined): readonly string[] {
  if (!exists || nat === undefined) return [];
  const x = vpc.x + 60;
  return [
    arrow('way', [x, nat.y], [x, internet.y + internet.height + 2]),
    text('d', x + 8, internet.y + internet.height + 26, 'out, by NAT'),
  ];
}

/** Beside the VPC, far enough down to be level with the private subnets, from which the arrow comes. */
function drawServices({ services }: Picture, from: Place, top: number) {
  const x = vpc.x + vpc.width + 44;
  const step = boxHeight + 10;
  const level = from.y + 24;
  const start = Math.max(top, level - services.length * step) + 34;
  const parts = services.flatMap((box, index) =>
    boxAt(box, { x, y: start + index * step, width: servicesWidth, height: boxHeight }),
  );
  const end = start + services.length * step;
  if (services.length === 0) return { parts, end };
  return {
    parts: [
      text('h2', x, start - 16, 'In the region, by IAM role'),
      arrow('way', [from.x + from.width, level], [x - 4, level]),
      ...parts,
    ],
    end,
  };
}

function legend({ flows }: Picture): string {
  const allowed = `Blue arrows: what the security groups let in${flows.length === 0 ? ' (nothing)' : ''}.`;
  return `${allowed} Dashed: ways that routes, names and IAM roles open. Drawn from the synthesized stack.`;
}

function described({ zones, flows, region }: Picture): string {
  const names = zones.map(({ name }) => name).join(', ');
  const list = flows.map(({ from, to, ports }) => `${from.name} to ${to.name} on ${ports}`).join('; ');
  return `A VPC in ${region} with the zones ${names}. Allowed: ${list === '' ? 'nothing' : list}.`;
}
