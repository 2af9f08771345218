const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A moment of the past as people say it. Clocks that are a little ahead are none of its business. */
export function ago(time: string, now: Date): string {
  const passed = now.getTime() - Date.parse(time);
  if (passed < MINUTE) return 'just now';
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  if (passed < 2 * DAY) return `${Math.floor(passed / HOUR)} h ago`;
  return `${Math.floor(passed / DAY)} days ago`;
}

/** `2026-11-25 03:04 UTC`. */
export function minute(time: string): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `2026-11-25`. */
export function day(time: string): string {
  return time.slice(0, 10);
}

export function daysUntil(time: string, now: Date): number {
  return Math.floor((Date.parse(time) - now.getTime()) / DAY);
}
