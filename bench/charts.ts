/** The charts of docs/benchmarks.md, as SVG. */
import { init } from 'echarts';

type Point = [x: number, y: number];

export interface Line {
	name: string;
	points: Point[];
	/** Dots of the same colour. */
	measured?: Point[];
}

interface Chart {
	title: string;
	x: string;
	y: string;
	/** Of both axes; linear unless given. */
	logarithmic?: boolean;
	/** Ours first. */
	lines: Line[];
}

const COLOURS = ['#2563eb', '#059669', '#d97706', '#dc2626', '#7c3aed', '#60a5fa', '#64748b'];

export function svgOf({ title, x, y, logarithmic, lines }: Chart): string {
	const chart = init(null, null, { renderer: 'svg', ssr: true, width: 840, height: 460 });
	const axis = { type: logarithmic ? ('log' as const) : ('value' as const) };
	const named = { nameLocation: 'middle' as const };
	chart.setOption({
		animation: false,
		// Pages are read in dark mode too.
		backgroundColor: '#ffffff',
		title: { text: title, left: 'center', textStyle: { fontSize: 15 } },
		grid: { left: 64, right: 24, top: 48, bottom: 112 },
		legend: { bottom: 4 },
		xAxis: { ...axis, ...named, name: x, nameGap: 30 },
		yAxis: { ...axis, ...named, name: y, nameGap: 44 },
		series: lines.flatMap(({ name, points, measured = [] }, index) => {
			const color = COLOURS[index];
			const lineStyle = { width: index === 0 ? 3 : 1.5 };
			return [
				{ type: 'line' as const, name, color, lineStyle, data: points, symbolSize: 4 },
				{ type: 'scatter' as const, name, color, data: measured, symbolSize: 12 },
			];
		}),
	});
	const svg = chart.renderToSVGString();
	// A chart keeps the process alive until it is disposed of.
	chart.dispose();
	return `${svg}\n`;
}
