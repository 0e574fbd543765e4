/** Bar charts as SVG: no script, no font of their own, and readable on a light and on a dark page. */

export interface Bar {
	/** What was measured, such as the name of a node. */
	series: string;
	/** Undefined where it was not measured, which `remark` explains. */
	value?: number;
	/** The least and the greatest of the runs. */
	range?: [number, number];
	/** Stands behind the bar instead of the bare value. */
	remark?: string;
}

export interface Chart {
	title: string;
	/** What the axis counts, with its unit. */
	unit: string;
	scale: 'linear' | 'log';
	/** Decimals of the values behind the bars. */
	digits: number;
	groups: Array<{ name: string; bars: Bar[] }>;
}

const WIDTH = 860;
const LABELS = 210;
const REMARKS = 130;
const ROW = 22;
const GROUP = 30;
const TOP = 64;
const BOTTOM = 46;
const PLOT = WIDTH - LABELS - REMARKS;
/** Distinct in both schemes, also for colour-blind readers; ours is always the first. */
const COLOURS = ['#0a7d8c', '#d97706', '#8b5cf6', '#db2777', '#64748b', '#65a30d'];

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.group { font-weight: 600 }
.quiet { fill: #57606a }
.grid { stroke: #d0d7de }
.range { stroke: #24292f; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.quiet { fill: #9198a1 }
.grid { stroke: #3d444d }
.range { stroke: #e6edf3 }
}`;

interface Axis {
	/** Horizontal position of a value, in pixels. */
	at: (value: number) => number;
	ticks: number[];
}

const escaped = (text: string) =>
	text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const text = (x: number, y: number, content: string, more = '') =>
	`<text x="${x}" y="${y}"${more}>${escaped(content)}</text>`;

function valuesOf({ groups }: Chart): number[] {
	return groups
		.flatMap(({ bars }) => bars.flatMap(({ value, range }) => [value, ...(range ?? [])]))
		.filter((value) => value !== undefined);
}

function linearAxis(highest: number): Axis {
	const rough = highest / 5;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
	const end = Math.ceil(highest / step) * step;
	const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, index) => index * step);
	return { at: (value) => LABELS + (value / end) * PLOT, ticks };
}

function logAxis(values: number[]): Axis {
	const positive = values.filter((value) => value > 0);
	const from = Math.floor(Math.log10(Math.min(...positive)));
	const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...positive))));
	const ticks = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
	const share = (value: number) => (Math.log10(value) - from) / (to - from);
	return { at: (value) => LABELS + Math.max(0, share(value)) * PLOT, ticks };
}

function shownTick(value: number): string {
	return value >= 1_000 ? value.toLocaleString('en-US') : String(Number(value.toPrecision(6)));
}

function barAt(bar: Bar, y: number, axis: Axis, colour: string, digits: number): string[] {
	const middle = y + ROW / 2;
	const label = text(LABELS - 8, middle + 4, bar.series, ' text-anchor="end"');
	if (bar.value === undefined) {
		return [label, text(LABELS + 6, middle + 4, bar.remark ?? 'not measured', ' class="quiet"')];
	}
	const end = Math.max(axis.at(bar.value), LABELS + 1);
	const [low, high] = (bar.range ?? [bar.value, bar.value]).map(axis.at) as [number, number];
	const remark = bar.remark ?? bar.value.toFixed(digits);
	return [
		label,
		`<rect x="${LABELS}" y="${y + 3}" width="${(end - LABELS).toFixed(1)}" height="${ROW - 6}" rx="2" fill="${colour}"/>`,
		...(high - low > 2
			? [`<path class="range" d="M${low.toFixed(1)} ${middle}H${high.toFixed(1)}"/>`]
			: []),
		text(Number((Math.max(end, high) + 6).toFixed(1)), middle + 4, remark),
	];
}

/** @returns the text of an SVG file */
export function barChart(chart: Chart): string {
	const values = valuesOf(chart);
	const axis = chart.scale === 'log' ? logAxis(values) : linearAxis(Math.max(...values));
	const names = [...new Set(chart.groups.flatMap(({ bars }) => bars.map(({ series }) => series)))];
	const body: string[] = [];
	let y = TOP;
	for (const { name, bars } of chart.groups) {
		body.push(text(8, y + 20, name, ' class="group"'));
		y += GROUP;
		for (const bar of bars) {
			const colour = COLOURS[names.indexOf(bar.series) % COLOURS.length] ?? '#64748b';
			body.push(...barAt(bar, y, axis, colour, chart.digits));
			y += ROW;
		}
	}
	const grid = axis.ticks.flatMap((tick) => {
		const x = axis.at(tick).toFixed(1);
		return [
			`<path class="grid" d="M${x} ${TOP}V${y + 6}"/>`,
			text(Number(x), y + 22, shownTick(tick), ' class="quiet" text-anchor="middle"'),
		];
	});
	const height = y + BOTTOM;
	const scale = chart.scale === 'log' ? ', logarithmic scale' : '';
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(chart.title)}">`,
		`<style>${STYLE}\n</style>`,
		text(8, 24, chart.title, ' class="title"'),
		text(8, 46, `${chart.unit}${scale}`, ' class="quiet"'),
		...grid,
		...body,
		'</svg>',
		'',
	].join('\n');
}
