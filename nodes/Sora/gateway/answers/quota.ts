/** What an API key may spend. */
import { readSwitch } from '../models/spelling';
import { find, named, textOf, viewOf } from './view';

/** In the gateway's own units; `null` is what the gateway does not say. */
export interface Quota {
	id: string | number | null;
	name: string | null;
	/** Granted in all at some gateways, left at others: their documentation says neither. */
	quota: number | null;
	used: number | null;
	/** Only where the gateway itself calls it so. */
	remaining: number | null;
	unlimited: boolean | null;
	/** What the amounts are in, where it is known. */
	currency?: 'USD';
	/** How many of its units are a dollar, as far as its field names show whose units they are. */
	unitsPerDollar: number | null;
}

/** New API, which most gateways of this kind run, and those that come from it count so by default. */
const UNITS_PER_DOLLAR = 500_000;
const OF_NEW_API = /^(?:used|unlimited) quota$|^total (?:granted|available)$/;

function amountIn(value: unknown): number | undefined {
	const number = typeof value === 'number' || textOf(value) ? Number(value) : Number.NaN;
	return Number.isFinite(number) ? number : undefined;
}
const textIn = (value: unknown) => textOf(value) || undefined;
const labelIn = (value: unknown) => (typeof value === 'number' ? value : textIn(value));

/** @returns `undefined` where the answer holds no amount */
export function readQuota(answer: unknown): Quota | undefined {
	const parts = viewOf(answer)?.all ?? [];
	const first = <T>(read: (value: unknown) => T | undefined, ...names: RegExp[]) =>
		find(parts, named(...names), read) ?? null;
	const quota = first(amountIn, /^quota$/, /^total quota$/, /^total granted$/, /^limit$/);
	const used = first(amountIn, /^used quota$/, /^total used$/, /^usage$/);
	const remaining = first(
		amountIn,
		/^remain(?:ing)? quota$/,
		/^total available$/,
		/^limit remaining$/,
	);
	const unlimited = first(readSwitch, /^unlimited quota$/);
	if (quota === null && used === null && remaining === null && unlimited !== true) return undefined;
	return {
		id: first(labelIn, /^id$/),
		name: first(textIn, /^name$/, /^label$/),
		quota,
		used,
		remaining,
		unlimited,
		unitsPerDollar: first(() => UNITS_PER_DOLLAR, OF_NEW_API),
	};
}
