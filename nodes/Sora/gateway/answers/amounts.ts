/** Numbers in the many forms that gateways use: when something happened to a task, its progress, its cost. */
import { find, named, Part, type Rank, viewOf, writtenOf } from './view';

const TIME = '(?: (?:at|time|date|on|timestamp))?$';
export const MOMENTS = {
	submitted: named(new RegExp(`^(?:submit(?:ted)?|creat(?:ed?|ion))${TIME}`)),
	started: named(new RegExp(`^(?:start(?:ed)?|begin|began|begun|scheduled)${TIME}`)),
	finished: named(new RegExp(`^(?:finish(?:ed)?|complet(?:ed?|ion)|end(?:ed)?)${TIME}`)),
} satisfies Record<string, Rank>;

/** The year 1973: smaller numbers are counts and durations. */
const EARLIEST_SECONDS = 100_000_000;
/** As seconds this would be the year 5138. */
const LATEST_SECONDS = 100_000_000_000;
/** ISO 8601, also with a space for the `T`; UTC if it has no time zone. */
const DATE_AND_TIME =
	/^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,3})\d{0,6})?\s?(Z|[+-]\d{2}:?\d{2})?$/i;

const shortOf = (value: unknown): string => writtenOf(value).slice(0, 50);

/**
 * A time as ISO 8601; unix seconds, milliseconds and microseconds are distinguished by size.
 * @returns `undefined` unless it is a time; 0 is none, since gateways write it for "not reached"
 */
export function momentOf(value: unknown): string | undefined {
	const written = shortOf(value);
	const [, day, time, fraction, zone = 'Z'] = DATE_AND_TIME.exec(written) ?? [];
	let seconds = day
		? Date.parse(`${day}T${time}${fraction ? `.${fraction}` : ''}${zone}`) / 1_000
		: Number(written);
	for (let unit = 0; unit < 2 && seconds >= LATEST_SECONDS; unit++) seconds /= 1_000;
	const isMoment = seconds >= EARLIEST_SECONDS && seconds < LATEST_SECONDS;
	return isMoment ? new Date(seconds * 1_000).toISOString() : undefined;
}

export const PROGRESS = named(
	/^(?:(?:task|video|job|render|completion) )?(?:progress|percent|percentage)(?: (?:percent|percentage|pct|ratio|rate|value))?$/,
);

/**
 * Percent from 0 to 100: from `"45%"`, 45, and 0.45, since no gateway reports fractions of a percent.
 * @param isRatio the field's name says that 1 means 100 %
 */
export function percentOf(value: unknown, isRatio = false): number | undefined {
	const written = shortOf(value);
	const number = Number.parseFloat(written);
	if (!Number.isFinite(number)) return undefined;
	const mayBeShare = !written.includes('%') && (isRatio || !Number.isInteger(number));
	const isShare = mayBeShare && number > 0 && number <= 1;
	return Math.min(100, Math.max(0, isShare ? Math.round(number * 10_000) / 100 : number));
}

export type Cost = Partial<Record<'cost_usd' | 'cost' | 'quota' | 'credits', number>>;

const SPENT = '(?:used|consumed?|charged|deducted|spent|cost)';
const COST_NAMES: Readonly<Record<keyof Cost, Rank>> = {
	cost_usd: named(/^(?:(?:total|actual) )?(?:cost|price|amount) (?:in )?usd$|^usd (?:cost|price)$/),
	cost: named(/^(?:total |actual )?cost$/, /^estimated cost$/),
	quota: named(new RegExp(`^(?:${SPENT} )?quota(?: ${SPENT})?$`)),
	credits: named(new RegExp(`^(?:${SPENT} )?credits?(?: ${SPENT})?$`)),
};
/** In an object: `{"amount":0.4,"currency":"USD"}`. */
const AMOUNT = named(/^(?:usd|amount|total|value)$/);

/** A number that is not negative, also "$0.40" and "0.4 USD". */
function amountIn(value: unknown): number | undefined {
	if (value instanceof Part) return find([value], AMOUNT, amountIn);
	const written = shortOf(value).replace(/^\$|\s*(?:usd|credits?)$/i, '');
	return written !== '' && Number(written) >= 0 && Number(written) < Infinity
		? Number(written)
		: undefined;
}

/** The cost of the task, from the parts themselves or their `usage` and `billing`. */
export function costIn(parts: readonly Part[]): Cost {
	const places = parts.flatMap((part) => {
		const { usage, billing } = part.original;
		return [part, ...[usage, billing].flatMap((inner) => viewOf(inner) ?? [])];
	});
	return Object.fromEntries(
		Object.entries(COST_NAMES).flatMap(([unit, rank]) => {
			const amount = find(places, rank, amountIn);
			return amount === undefined ? [] : [[unit, amount]];
		}),
	);
}
