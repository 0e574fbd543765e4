import { readSwitch } from '../models/spelling';
import { find, named, textOf, viewOf } from './view';

/** In the gateway's own units; `null` if the gateway does not say. */
export interface Quota {
	id: string | number | null;
	name: string | null;
	/** The total granted at some gateways, the rest at others: their documentation does not say which. */
	quota: number | null;
	used: number | null;
	/** Only if the gateway itself calls it so. */
	remaining: number | null;
	unlimited: boolean | null;
	/** Currency of the amounts, if known. */
	currency?: 'USD';
	/** Units per dollar, if the field names show whose units they are. */
	unitsPerDollar: number | null;
}

/** The default of New API, which most such gateways run, and of its forks. */
const UNITS_PER_DOLLAR = 500_000;
const OF_NEW_API = /^(?:used|unlimited) quota$|^total (?:granted|available)$/;

function amountIn(value: unknown): number | undefined {
	const number = typeof value === 'number' || textOf(value) ? Number(value) : Number.NaN;
	return Number.isFinite(number) ? number : undefined;
}
const textIn = (value: unknown) => textOf(value) || undefined;
const labelIn = (value: unknown) => (typeof value === 'number' ? value : textIn(value));

/** @returns `undefined` if the answer has no amount */
export function readQuota(answer: unknown): Quota | undefined {
	const parts = viewOf(answer)?.all ?? [];
	const first = <T>(read: (value: unknown) => T | undefined, ...names: RegExp[]) =>
		find(parts, named(...names), read) ?? null;
	const quota = first(amountIn, /^quota$/, /^total quota$/, /^total granted$/, /^limit$/);
	const used = first(amountIn, /^used quota$/, /^total used$/, /^usage$/);
	const remaining = first(amountIn, /^remain(?:ing)? quota$|^total available$|^limit remaining$/);
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
