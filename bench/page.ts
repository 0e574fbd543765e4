/* eslint-disable @n8n/community-nodes/no-restricted-imports -- writes the documentation, never inside n8n */
/** docs/benchmarks.md, its charts, and what README.md and docs/waiting.md quote of it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { table } from '../test/docs/markdown';
import { withSection } from '../test/docs/section';
import { CHECKOUT } from '../test/e2e/environment';
import { svgOf, type Line } from './charts';
import { BARE, COSTED, type Costs } from './cost';
import type { Peak } from './memory';
import type { Measured } from './onN8n';
import { noticedBy, wallOf, type Exact } from './simulated';
import { SLOTS, type Slots } from './slots';
import { mean, median, shown } from './statistics';
import { BY_HAND, ONE_BY_ONE, OURS, PACES, PEERS, QUEUE_SECONDS, WAYS, type Peer } from './ways';
import type { Weight } from './weight';

export interface Results {
	about: { date: string; machine: string; minutes: number; isQuick: boolean };
	exact: Exact;
	onN8n: Measured[];
	slots: Slots[];
	costs: Costs;
	memory: Peak[];
	weight: Weight[];
}

const number = (value: number) => value.toLocaleString('en-US');
const fixed = (digits: number, unit: string) => (value: number) =>
	`${value.toFixed(digits)}${unit}`;
const [times, s, ms, count] = [fixed(2, ' ×'), fixed(1, ' s'), fixed(0, ' ms'), fixed(0, '')];
const [mib, kib] = [fixed(0, ' MiB'), fixed(0, ' KiB')];

const tableOf = (head: string[], rows: Array<Array<string | number>>) =>
	table(
		head,
		rows.map((cells) => cells.map(String)),
		'---:',
	);

type Named = readonly [name: string, value: number];

const bestPeer = (of: (peer: Peer) => number) =>
	PEERS.map((peer): Named => [peer, of(peer)]).reduce((a, b) => (b[1] < a[1] ? b : a));

function many({ many: all }: Exact, items: number, seconds: number): [ours: number, peer: Named] {
	const found = all.find((one) => one.seconds === seconds && one.items === items);
	if (!found) throw new Error(`no figure for ${items} items of ${seconds} s`);
	return [found.walls[OURS] / seconds, bestPeer((peer) => found.walls[peer] / seconds)];
}

/** Least by least: what else the machine did made runs longer, never shorter. */
const inBareCalls = ({ cpuMs }: Costs, way: (typeof COSTED)[number]) =>
	Math.min(...cpuMs[way]) / Math.min(...cpuMs[BARE]);

const peakOf = (memory: Peak[], way: string) =>
	median(memory.find((one) => one.way === way)?.peaks ?? []);

/** Without a limit, a case is here because a peer is good at it. */
type Goal = [
	goal: string,
	ours: number,
	text: (value: number) => string,
	limit: number | undefined,
	peer?: Named,
];

function goalsOf({ exact, slots, costs, memory, weight }: Results): Goal[] {
	const { noticing, cells, turn, limited, asleepMeans } = exact;
	const typical = noticing.filter(({ seconds }) => seconds === 245);
	const short = noticing.filter(({ seconds }) => seconds === 15);
	const delay = (of: typeof noticing) => mean(of.map(({ everyPercent }) => everyPercent.delay));
	const polls = mean(typical.map(({ everyPercent }) => everyPercent.polls));
	const peerDelay = bestPeer((peer) => mean(noticing.map(({ peers }) => peers[peer].delay)));
	const peerPolls = bestPeer((peer) => mean(typical.map(({ peers }) => peers[peer].polls)));
	const [ours, community] = weight;
	const renders = (name: string) =>
		mean(slots.filter((one) => one.name === name).map((one) => one.seconds / one.renderSeconds));
	const timer: Named = ["n8n's Wait node, every two minutes", 60];
	const call: Named = ["n8n's Wait node", renders("n8n's Wait node, woken by the call")];
	const atOnce = `${limited.items} items, ${limited.atOnce} at a time allowed`;
	const of = (items: number, seconds: number) => {
		const [wall, peer] = many(exact, items, seconds);
		return { wall, peer, name: `${number(items)} items of ${seconds} s, in renders` };
	};
	const bar = (one: ReturnType<typeof of>, limit?: number): Goal => [
		one.name,
		one.wall,
		times,
		limit,
		one.peer,
	];
	return [
		bar(of(100, 245), 1.06),
		bar(of(300, 245), 1.1),
		bar(of(1_000, 245), 1.3),
		bar(of(1_000, 15)),
		[
			'A render of 15 s: delay',
			delay(short),
			s,
			undefined,
			bestPeer((p) => noticedBy(p, 15).delay),
		],
		['Renders of 15 to 900 s: delay, mean', delay(noticing), s, undefined, peerDelay],
		['A render of 245 s: polls', polls, count, undefined, peerPolls],
		['The same at most, whatever progress is reported', cells.mostPolls, count, 30],
		[`Of ${cells.cells} kinds of render: later than 10 s or 20 %`, cells.late, count, 0],
		['Ended between second 5 and 35: delay, mean', exact.firstHalfMinute, s, 5],
		['Asleep, no call, every percent: delay, mean', asleepMeans.everyPercent, s, 10, timer],
		['The same: time in a slot, mean', asleepMeans.slot, s, 30],
		['Asleep, no call, no progress: delay, mean', asleepMeans.noProgress, s, 10, timer],
		[`Asleep with ${turn.tasks} items: a turn`, turn.seconds, s, 10],
		[`${atOnce}: videos missing`, limited.items - limited.videos, count, 0],
		[`${atOnce}: in renders`, limited.wall / limited.seconds, times, 2.2],
		[`${SLOTS} slots, asleep: in renders`, renders('asleep, woken by the call'), times, 1.2, call],
		[
			'CPU of an item, in bare calls',
			inBareCalls(costs, OURS),
			times,
			1.15,
			[BY_HAND, inBareCalls(costs, BY_HAND)],
		],
		[`${number(costs.many.items)} items: longest stall of n8n`, costs.many.stallMs, ms, 500],
		[
			'A large video: memory on its way',
			peakOf(memory, OURS),
			mib,
			64,
			bestPeer((p) => peakOf(memory, p)),
		],
		[
			'The package, packed',
			ours?.packedKiB ?? Number.NaN,
			kib,
			120,
			community?.packedKiB ? [community.name, community.packedKiB] : undefined,
		],
		[
			'CPU of loading both nodes',
			median(ours?.loadMs ?? []),
			ms,
			40,
			community && [community.name, median(community.loadMs)],
		],
	];
}

function goalRow([goal, ours, text, limit, peer]: Goal): string[] {
	const best = peer ? `${text(peer[1])} (${peer[0]})` : '';
	if (limit === undefined)
		return [goal, text(ours), best, '', ours <= (peer?.[1] ?? 0) ? 'ahead' : 'behind'];
	return [goal, text(ours), best, `≤ ${text(limit)}`, ours <= limit ? 'yes' : '**no**'];
}

/** Render time of the first chart and of the large runs on n8n: a multiple of no interval. */
const CHARTED = 63;

function wallChart({ exact, onN8n }: Results): string {
	const charted = exact.many.filter(({ seconds }) => seconds === CHARTED);
	const runs = onN8n.filter(({ seconds }) => seconds === CHARTED);
	return svgOf({
		title: `${CHARTED} s renders: time for all items, in renders (dots: on a real n8n)`,
		x: 'items',
		y: 'wall time ÷ render time',
		logarithmic: true,
		lines: WAYS.map(
			(way): Line => ({
				name: way,
				points: charted.map(({ items, walls }) => [items, walls[way] / CHARTED]),
				measured: runs
					.filter((run) => run.way === way)
					.map(({ items, walls }) => [items, median(walls) / CHARTED]),
			}),
		),
	});
}

function delayChart({ exact: { noticing, asleep } }: Results): string {
	const renders = noticing.map(({ seconds }) => seconds);
	const line = (name: string, delays: number[]): Line => ({
		name,
		points: renders.map((seconds, index) => [seconds, delays[index] ?? Number.NaN]),
	});
	return svgOf({
		title: 'From the finished video until n8n goes on, mean',
		x: 'render time (s)',
		y: 'seconds',
		lines: [
			line(
				OURS,
				noticing.map((one) => one.everyPercent.delay),
			),
			...PEERS.map((peer) =>
				line(
					peer,
					noticing.map(({ peers }) => peers[peer].delay),
				),
			),
			line(
				'ours, no progress reported',
				noticing.map((one) => one.noProgress.delay),
			),
			line(
				'ours asleep, no call',
				asleep.map((one) => one.everyPercent.delay),
			),
		],
	});
}

const manyTable = ({ many: all }: Exact) =>
	tableOf(
		['render', 'items', ...WAYS],
		all.map(({ seconds, items, walls }) => [
			`${seconds} s`,
			number(items),
			...WAYS.map((way) => (walls[way] / seconds).toFixed(2)),
		]),
	);

const n8nTable = (runs: Measured[]) =>
	tableOf(
		['way', 'items', 'render', 'wall time (s)', 'computed (s)', 'polls a task', 'most a second'],
		runs.map(({ way, items, seconds, walls, polls, busiest }) => [
			way,
			number(items),
			`${seconds} s`,
			shown(walls, 1),
			way === OURS ? '' : wallOf(way, items, seconds).toFixed(1),
			shown(polls, 1),
			Math.max(...busiest),
		]),
	);

const noticingTable = ({ noticing }: Exact) =>
	tableOf(
		['render', 'ours, every percent', 'ours, no progress', ...PEERS],
		noticing.map(({ seconds, everyPercent, noProgress, peers }) => [
			`${seconds} s`,
			...[everyPercent, noProgress, ...PEERS.map((peer) => peers[peer])].map(
				({ delay, polls }) => `${delay.toFixed(1)} (${polls.toFixed(0)})`,
			),
		]),
	);

const asleepTable = ({ asleep }: Exact) =>
	tableOf(
		['render', 'every percent reported: delay', 'time in a slot', 'no progress: delay'],
		asleep.map(({ seconds, everyPercent, noProgress }) => [
			`${seconds} s`,
			`${everyPercent.delay.toFixed(0)} s (${everyPercent.worst.toFixed(0)})`,
			`${everyPercent.slot.toFixed(0)} s`,
			`${noProgress.delay.toFixed(0)} s (${noProgress.worst.toFixed(0)})`,
		]),
	);

const slotsTable = (slots: Slots[]) =>
	tableOf(
		['waiting', 'last video after (s)', 'last one ordered after (s)', 'slots held, mean'],
		slots.map(({ name, seconds, orderedSeconds, held }) => [
			...[name, seconds.toFixed(0), orderedSeconds.toFixed(0), held.toFixed(2)],
		]),
	);

const costTable = (costs: Costs) =>
	tableOf(
		['way', 'CPU an item (ms)', 'least, in bare calls'],
		COSTED.map((way) => [way, shown(costs.cpuMs[way], 2), inBareCalls(costs, way).toFixed(2)]),
	);

const weightTable = (weight: Weight[]) =>
	tableOf(
		['', 'packed (KiB)', 'unpacked (KiB)', 'files', 'loading (ms of CPU)', 'modules'],
		weight.map(({ name, packedKiB, unpackedKiB, files, loadMs, modules }) => [
			...[name, packedKiB?.toFixed(0) ?? '', unpackedKiB?.toFixed(0) ?? '', files ?? ''],
			...[shown(loadMs, 1), modules],
		]),
	);

function page(results: Results): string {
	const { about, exact, onN8n, slots, costs, memory, weight } = results;
	const { items, runs, many: most } = costs;
	return `<!-- Written by \`npm run bench\`. Changes made here are lost. -->

# Benchmarks

The node beside what one would use instead: n8n's own video nodes, and a workflow that is built by hand (HTTP Request, Wait, IF). All buy
from the same stand-in gateway on one machine ([\`test/simulator\`](../test/simulator)); nothing here was paid for. \`npm run bench\`
measures everything anew and writes this page.

${about.isQuick ? '**A quick run, which shows that the bench works: its figures are worth nothing.**\n\n' : ''}**${about.date}**, ${about.machine}; ${about.minutes.toFixed(0)} minutes. Figures of several runs are medians, with the least and the
greatest in brackets. A goal without a limit is a case that a peer is good at.

${tableOf(['goal', 'ours', 'best peer', 'limit', 'holds'], goalsOf(results).map(goalRow))}

## Many items with one render time

Wall time over one render; 1 would be no time lost. Ours: the node's own poller in virtual time. n8n's own nodes take one item after the
other. The workflow built by hand polls all items every ${PACES[BY_HAND].interval} s, all at once.

![Wall time over one render](images/benchmark-items.svg)

${manyTable(exact)}

A peer is ahead with one item of 15 s, which the intervals of n8n's Gemini and MiniMax nodes (5 and 15 s) meet to the second, and with very
many items, which the workflow built by hand polls in one burst. Ours sends five polls a second, and up to 20 while polls are overdue:
gateways answer bursts with 429, which ends that workflow with an error.

On a real n8n, by its own record, the download of each file (87 KB) included, beside what the intervals say:

${n8nTable(onN8n)}

## When a finished video is noticed

Seconds from the finished video until n8n goes on, and polls in brackets: means over renders of about that time, after ${QUEUE_SECONDS} s in a
queue. Ours: the node's own schedule.

![Delay over render time](images/benchmark-delay.svg)

${noticingTable(exact)}

Nobody knows of a finished video without polling, so delay is paid for with polls. n8n's Gemini node polls every 5 s whatever the render
takes; **Poll Interval** = 5 buys the same here. n8n's OpenAI node waits another 10 s after its last poll.

## Asleep

Without the gateway's call, n8n looks once a minute for executions to wake. Virtual time, beginning at any moment of that minute; means, and
the longest delay in brackets:

${asleepTable(exact)}

Without progress, nothing says that a render is about to end: every second less would be paid with time in a slot (by the same
computation, 22 s late for 50 s in a slot, 10 s for 144 s).

On a real n8n that runs ${SLOTS} executions at a time: ${slots[0]?.executions} executions, started together by a webhook, each for one video of
${slots[0]?.renderSeconds} s. In the node, a slot is held for as long as the render takes, and n8n starts the next execution only then:

${slotsTable(slots)}

## CPU

What an item costs n8n's process when the renders take no time: submit, poll, fetch the file (87 KB). "${BARE}" is a node of a few lines that
calls n8n's helpers for the same requests, five at a time as ours, checks nothing and keeps nothing. ${number(items)} items after a warm-up,
${runs} runs of each in turn, each in a process of its own.

${costTable(costs)}

With ${number(most.items)} items, an item takes ${most.cpuMs.toFixed(2)} ms, and n8n stands still for ${most.stallMs.toFixed(0)} ms at the most.

## Memory

Highest resident memory of n8n's main process while it fetches one video of ${memory[0]?.mebibytes} MiB, beyond what it had before (files in n8n's
\`filesystem\` mode; each run in a new n8n). A stream needs some chunks and what is not yet collected; what holds the file needs its size
at least once.

${tableOf(
	['way', 'MiB'],
	memory.map(({ way, peaks }) => [way, shown(peaks, 0)]),
)}

## Weight

The tarball, and the CPU time of loading all nodes of the package, or that node of n8n, in a new process with \`n8n-workflow\` and \`zod\`
loaded as in n8n. n8n loads community nodes when it starts, its own when they are first used. The Sora nodes load
the rest of their code when they are first executed.

${weightTable(weight)}
`;
}

/** Three figures for README.md. */
function headline({ about, exact, costs, memory }: Results): string {
	const [hundred] = many(exact, 100, 245);
	const oneByOne = Math.min(...ONE_BY_ONE.map((way) => wallOf(way, 100, 245) / 245));
	return `Measured on ${about.date}: 100 videos take ${hundred.toFixed(2)} renders (in n8n's own nodes, one after the other: ${oneByOne.toFixed(0)}), an item costs
${inBareCalls(costs, OURS).toFixed(2)} times the CPU of bare HTTP calls, a 1 GiB video ${peakOf(memory, OURS).toFixed(0)} MiB of memory ([Benchmarks](docs/benchmarks.md)).`;
}

/** @param root the checkout, or a folder to look at the result */
export function writePage(results: Results, root: string): void {
	mkdirSync(join(root, 'docs/images'), { recursive: true });
	const write = (path: string, text: string) => writeFileSync(join(root, path), text);
	write('docs/benchmarks.md', page(results));
	write('docs/images/benchmark-items.svg', wallChart(results));
	write('docs/images/benchmark-delay.svg', delayChart(results));
	const quote = (path: string, name: string, text: string) =>
		write(path, withSection(readFileSync(join(CHECKOUT, path), 'utf8'), name, text));
	quote('README.md', 'benchmarks', headline(results));
	quote('docs/waiting.md', 'delay asleep', asleepTable(results.exact));
}
