export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = (sorted.length - 1) / 2;
	return mean([sorted[Math.floor(middle)] ?? Number.NaN, sorted[Math.ceil(middle)] ?? Number.NaN]);
}

/** Such as `1.12 (1.10–1.15)`, the median with the least and the greatest; the median alone where there was one run. */
export function shown(values: readonly number[], digits: number): string {
	const text = (value: number) => value.toFixed(digits);
	const range = `${text(Math.min(...values))}–${text(Math.max(...values))}`;
	return values.length > 1 ? `${text(median(values))} (${range})` : text(median(values));
}

export const mean = (values: readonly number[]) =>
	values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
