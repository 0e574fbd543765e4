/** Several runs of one thing. */
export interface Spread {
	median: number;
	min: number;
	max: number;
	runs: number;
}

export function spreadOf(values: readonly number[]): Spread {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	const upper = sorted[middle] ?? Number.NaN;
	const median = sorted.length % 2 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
	return { median, min: sorted[0] ?? median, max: sorted.at(-1) ?? median, runs: sorted.length };
}

/** Such as `1.12 (1.10–1.15)`; the median alone where there was one run. */
export function shown({ median, min, max, runs }: Spread, digits: number): string {
	const text = (value: number) => value.toFixed(digits);
	return runs > 1 ? `${text(median)} (${text(min)}–${text(max)})` : text(median);
}

export const mean = (values: readonly number[]) =>
	values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
