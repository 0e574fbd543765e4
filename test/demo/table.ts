/** An aligned table: a head, a rule, and the rows. Numbers stand on the right. */
export function table(
	head: readonly string[],
	rows: ReadonlyArray<readonly string[]>,
	rightAligned: readonly string[] = [],
): string[] {
	const widths = head.map((title, column) =>
		Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
	);
	const line = (cells: readonly string[]) =>
		head
			.map((title, column) => {
				const cell = cells[column] ?? '';
				const width = widths[column] ?? 0;
				return rightAligned.includes(title) ? cell.padStart(width) : cell.padEnd(width);
			})
			.join('  ')
			.trimEnd();
	return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

/** A size as people say it. */
export function fileSize(bytes: number): string {
	if (bytes < 1000) return `${bytes} B`;
	const [value, unit] = bytes < 999_500 ? [bytes / 1e3, 'kB'] : [bytes / 1e6, 'MB'];
	return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}

/** Seconds between two moments of a task, or a dash where the gateway did not tell them. */
export function secondsBetween(start: unknown, end: unknown): string {
	const ms = Date.parse(String(end)) - Date.parse(String(start));
	return Number.isFinite(ms) && ms >= 0 ? `${Math.round(ms / 1000)} s` : '-';
}
