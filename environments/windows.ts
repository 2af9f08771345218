/** Minutes of a week, in which AWS's maintenance and backup windows are compared. */
const day = 24 * 60;
const week = 7 * day;
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

interface Span {
  /** Minutes after Monday 00:00 UTC. */
  readonly start: number;
  readonly minutes: number;
}

/** `sun:19:30-sun:20:30`, UTC: once a week. Undefined when it is no such window. */
export function weeklyWindow(text: string): Span | undefined {
  const match = /^([a-z]{3}):(\d{2}):(\d{2})-([a-z]{3}):(\d{2}):(\d{2})$/.exec(text);
  const start = minuteOfWeek(match?.[1], match?.[2], match?.[3]);
  const end = minuteOfWeek(match?.[4], match?.[5], match?.[6]);
  if (start === undefined || end === undefined) return undefined;
  return { start, minutes: (end - start + week) % week };
}

/** `18:00-19:00`, UTC: every day. Undefined when it is no such window. */
export function dailyWindow(text: string): Span | undefined {
  const match = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(text);
  const start = minuteOfWeek('mon', match?.[1], match?.[2]);
  const end = minuteOfWeek('mon', match?.[3], match?.[4]);
  if (start === undefined || end === undefined) return undefined;
  return { start, minutes: (end - start + day) % day };
}

/** Whether a daily window meets a weekly one, which ElastiCache and RDS refuse. Texts that are no windows don't meet. */
export function windowsMeet(daily: string, weekly: string): boolean {
  const often = dailyWindow(daily);
  const seldom = weeklyWindow(weekly);
  if (often === undefined || seldom === undefined) return false;
  return days.some((_, index) => {
    const start = often.start + index * day;
    const behind = (start - seldom.start + week) % week;
    const ahead = (seldom.start - start + week) % week;
    return behind < seldom.minutes || ahead < often.minutes;
  });
}

function minuteOfWeek(
  name: string | undefined,
  hour: string | undefined,
  minute: string | undefined,
): number | undefined {
  const index = days.indexOf(name ?? '');
  const [hours, minutes] = [Number(hour), Number(minute)];
  return index < 0 || !(hours < 24) || !(minutes < 60) ? undefined : index * day + hours * 60 + minutes;
}
