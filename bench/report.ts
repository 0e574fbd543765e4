/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- writes the results of a bench on a developer's machine, never inside n8n */
/** What a bench leaves behind: its tables on the terminal, a JSON file, and its section of the page. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { table } from '../test/docs/markdown';
import { CHECKOUT } from '../test/e2e/environment';
import { sayMachine, type Machine } from './machine';

const PAGE = join(CHECKOUT, 'docs/benchmarks.md');

export interface Settings {
	/** Folder for the JSON file. */
	out: string;
	/** The smallest run that shows that the bench works; writes nothing into docs/. */
	smoke: boolean;
}

export type Row = Record<string, string | number>;

export interface Report {
	/** Such as `batch`. */
	question: string;
	heading: string;
	machine: Machine;
	/** What was measured, and how. Paragraphs in Markdown. */
	method: string;
	tables: Array<{ caption?: string; rows: Row[] }>;
	/** What bounds the figures, how far away we are, and why a peer is ahead where one is. Markdown. */
	bounds: string;
	/** Everything that was measured. */
	data: unknown;
}

export function readSettings(): Settings {
	const { values } = parseArgs({
		options: {
			out: { type: 'string', default: tmpdir() },
			smoke: { type: 'boolean', default: false },
		},
	});
	mkdirSync(values.out, { recursive: true });
	return values;
}

function markdownTable(rows: Row[]): string {
	const columns = Object.keys(rows[0] ?? {});
	const cells = rows.map((row) => columns.map((column) => String(row[column] ?? '')));
	return table(columns, cells, '---:');
}

function sectionOf({ question, heading, machine, method, tables, bounds }: Report): string {
	const parts = [
		`## ${heading}`,
		method,
		...tables.flatMap(({ caption, rows }) => [...(caption ? [caption] : []), markdownTable(rows)]),
		bounds,
		`\`npm run bench:${question}\`: ${sayMachine(machine)}.`,
	];
	return parts.map((part) => part.trim()).join('\n\n');
}

const INTRODUCTION = `# Benchmarks

How the node stands beside what one would use instead: n8n's own nodes for video, and the workflow that is built by hand. All
of them buy from the same stand-in gateway on the same machine ([\`test/simulator\`](../test/simulator)), in the same run; nothing
here was paid, and no figure is from memory. \`npm run bench\` measures everything again and writes this page.

Where several runs were made, a figure is their median, with the least and the greatest in brackets.`;

const ORDER = ['Batch', 'Noticing', 'Cost', 'Memory', 'Slots', 'Weight'];

/** The page with one section replaced. */
function pageWith(section: string, heading: string): string {
	const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
	const sections = page.split(/^(?=## )/m).filter((part) => part.startsWith('## '));
	const kept = sections.filter((part) => !part.startsWith(`## ${heading}\n`));
	const place = (part: string) => ORDER.findIndex((word) => part.startsWith(`## ${word}`));
	const all = [...kept, section].sort((a, b) => place(a) - place(b));
	return `${[INTRODUCTION, ...all].map((part) => part.trim()).join('\n\n')}\n`;
}

/** Shows the results, and keeps them. */
export function publish(report: Report, { out, smoke }: Settings): void {
	console.log(`\n${report.heading}\n${sayMachine(report.machine)}`);
	for (const { caption, rows } of report.tables) {
		if (caption) console.log(caption);
		console.table(rows);
	}
	const file = join(out, `${report.question}.json`);
	const { question, machine, tables, data } = report;
	writeFileSync(file, `${JSON.stringify({ question, machine, tables, data }, null, '\t')}\n`);
	console.log(`Results: ${file}`);
	if (smoke) return;
	writeFileSync(PAGE, pageWith(sectionOf(report), report.heading));
	console.log('Written into docs/benchmarks.md');
}

/** Runs a bench to its end, and ends the process with whatever it has left behind. */
export function perform(bench: (settings: Settings) => Promise<void>): void {
	bench(readSettings()).then(
		() => process.exit(0),
		(error: unknown) => {
			console.error(error);
			process.exit(1);
		},
	);
}
