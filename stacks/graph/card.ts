import type { Box } from './model';
import { fitted, type Place, rectangle, text } from './svg';

/** Sizes that every part of the picture keeps to, in pixels. */
export const page = { width: 1200, margin: 24, gap: 16 } as const;
export const boxHeight = 44;

/** A card with a coloured edge. */
export function boxAt(box: Box, place: Place): readonly string[] {
  const { x, y, width } = place;
  return [
    rectangle('card', place),
    rectangle(`mark-${box.kind}`, { x, y: y + 8, width: 4, height: place.height - 16 }, 2),
    text('t', x + 14, y + 19, fitted(box.title, width - 22, 13)),
    text('d', x + 14, y + 35, fitted(box.detail, width - 22, 11)),
  ];
}
