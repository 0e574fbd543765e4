/** When things happened to a task, and how far it is. */

/** Smaller numbers are counts and durations: as seconds this is the year 1973. */
const SECONDS_FROM = 100_000_000;
/** Milliseconds from here on: as seconds that would be the year 5138. */
const MILLISECONDS_FROM = 100_000_000_000;
const MICROSECONDS_FROM = 100_000_000_000_000;
const LONGEST_MOMENT = 40;
/** ISO 8601, also with a space for the `T`, and UTC where it names no zone. */
const DATE_AND_TIME =
	/^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d{2}:?\d{2})?$/i;

function millisecondsOf(value: string): number {
	const [, day, time, fraction, zone] = DATE_AND_TIME.exec(value.trim()) ?? [];
	if (!day) return Number.NaN;
	return Date.parse(`${day}T${time}${fraction ? `.${fraction.slice(0, 3)}` : ''}${zone ?? 'Z'}`);
}

/**
 * A moment as ISO 8601; unix seconds, milliseconds and microseconds are told apart by their size.
 * @returns `undefined` for what is no moment, 0 included: gateways write it for "not reached"
 */
export function momentOf(value: unknown): string | undefined {
	if (typeof value !== 'number' && typeof value !== 'string') return undefined;
	if (typeof value === 'string' && value.length > LONGEST_MOMENT) return undefined;
	const number = Number(value);
	const ms = Number.isNaN(number)
		? millisecondsOf(String(value))
		: number >= MICROSECONDS_FROM
			? number / 1000
			: number >= MILLISECONDS_FROM
				? number
				: number * 1000;
	if (!(ms >= SECONDS_FROM * 1000)) return undefined;
	const date = new Date(ms);
	return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

const LONGEST_PERCENT = 20;

/**
 * Percent, 0 to 100: from `"45%"`, 45, and from 0.45, since no gateway counts in fractions of a percent.
 * @param isRatio the field's name says that 1 is all
 */
export function percentOf(value: unknown, isRatio = false): number | undefined {
	if (typeof value !== 'number' && typeof value !== 'string') return undefined;
	if (typeof value === 'string' && value.length > LONGEST_PERCENT) return undefined;
	const number = typeof value === 'number' ? value : Number.parseFloat(value);
	if (!Number.isFinite(number)) return undefined;
	const saysPercent = typeof value === 'string' && value.includes('%');
	const isShare =
		!saysPercent && (isRatio || !Number.isInteger(number)) && number > 0 && number <= 1;
	return Math.min(100, Math.max(0, isShare ? Math.round(number * 10_000) / 100 : number));
}
