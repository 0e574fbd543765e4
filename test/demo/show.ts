/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine, never inside n8n */
/** The demo itself: examples on n8n's engine, with the package as it was built. */
import { join } from 'node:path';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import { CHECKOUT } from '../e2e/environment';
import { changed, example } from '../e2e/examples';
import { runWorkflow, type EngineOptions } from '../engine/engine';
import { startSimulator, type Scenario, type Simulator } from '../simulator/simulator';
import type { Format, Gateway } from './arguments';
import { outputFolder, save, shown, type SavedFile } from './files';
import { fileContent, listenToLog, loadPackage, openBinaryStore } from './n8n';
import { readLogLine, Steps } from './progress';
import { fileSize, secondsBetween, table } from './table';

/** A typical render of four minutes, in ten seconds of ours; the node keeps its own pace meanwhile. */
const STAND_IN = { timeScale: 24, scenario: { renderSeconds: 240, characterSeconds: 20 } };
const SECONDS_TO_REFLECT = 5;
/** After a stop: how long a request under way may take to tell what became of it. */
const STOP_PATIENCE_MS = 10_000;

export const STOPPED = 'stopped';

interface Way {
	/** Behind the stand-in's address. */
	path: string;
	scenario: Partial<Scenario>;
	perform: (stage: Stage, props: Props) => Promise<string[]>;
	/** What a real gateway is paid for. */
	buys: string;
}

/** The main job on each API. */
const WAYS: Record<Format, Way> = {
	tasks: {
		path: '',
		scenario: { formats: 'tasks' },
		perform: characterAndCameo,
		buys: '2 videos and 1 character',
	},
	openai: {
		path: '/v1',
		scenario: { formats: 'videos', face: 'newapi' },
		perform: async (stage, props) => await oneVideo(stage, props, 'veo-3.1-generate-preview'),
		buys: '1 video',
	},
	openrouter: {
		path: '/api/v1',
		scenario: { formats: 'videos', face: 'openrouter' },
		perform: async (stage, props) => await oneVideo(stage, props, 'google/veo-3.1'),
		buys: '1 video',
	},
};

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

const bought = ({ purchases, characters }: Simulator['books']) =>
	[counted(purchases.length, 'video'), characters.length && counted(characters.length, 'character')]
		.filter(Boolean)
		.join(' and ');

/** The names of the nodes in the examples. */
const VIDEO = 'Generate a Video';
const [INTRODUCTION, CHARACTER, CAMEO] = [
	'Introduce the Fox',
	'Create a Character',
	'Generate the Cameo',
] as const;

/** What the node said when it failed, for people. */
export class NodeFailed extends Error {
	constructor(
		message: string,
		readonly description: string,
	) {
		super(message);
	}
}

export interface Stage {
	say: (text: string) => void;
	/** Aborted by Ctrl-C. */
	signal: AbortSignal;
	steps: Steps;
}

interface Props {
	/** Everything that an execution needs but its workflow. */
	engine: Pick<EngineOptions, 'credential' | 'sora' | 'credentialType' | 'onStart'>;
	folder: string;
}

interface Video extends SavedFile {
	item: INodeExecutionData;
}

/** @throws {NodeFailed} and whatever else goes wrong; after a stop, an Error with the message STOPPED */
export async function show(
	stage: Stage,
	{ live, out, format }: { live?: Gateway; out?: string; format: Format },
): Promise<void> {
	const { say } = stage;
	const folder = await outputFolder(out);
	const { path, scenario, perform, buys } = WAYS[format];
	if (live) await warn(stage, live, buys);
	const standIn = live
		? undefined
		: await startSimulator({ ...STAND_IN, scenario: { ...STAND_IN.scenario, ...scenario } });
	try {
		listenToLog((message, facts) => {
			const event = readLogLine(message, facts);
			if (event?.kind === 'remark') say(event.text);
			else if (event) stage.steps.hear(event);
		});
		const built = await loadPackage();
		await openBinaryStore();
		if (standIn) {
			say(
				`Stand-in gateway at ${standIn.url}; its clock runs ${STAND_IN.timeScale} times as fast as ours.\nNothing leaves this machine.`,
			);
		}
		say(`Videos go to ${shown(folder)}\n`);
		const gateway = live ?? { baseUrl: `${standIn?.url}${path}`, apiKey: standIn?.apiKey ?? '' };
		const credential = { ...gateway, apiFormat: format };
		const rows = await perform(stage, { engine: { ...built, credential }, folder });
		say(`\n${rows.join('\n')}\n`);
		const cost = standIn
			? `This cost nothing: the stand-in's books show ${bought(standIn.books)}, and the clips are its own.`
			: `This bought ${buys}; your account at the gateway shows what it cost.`;
		say(cost);
		say(
			`Next: in n8n, install n8n-nodes-sora under Settings > Community Nodes, then import a file of ${shown(join(CHECKOUT, 'examples'))}.`,
		);
		if (standIn) say('The same with a real gateway: npm run demo -- --help');
	} finally {
		await standIn?.close();
	}
}

async function warn({ say, signal }: Stage, { baseUrl }: Gateway, buys: string): Promise<void> {
	// The origin alone: an address may carry a password.
	say(`This buys ${buys} from ${new URL(baseUrl).origin}; a video is 8 to 10 seconds long.`);
	say(`It starts in ${SECONDS_TO_REFLECT} seconds. Ctrl-C stops it now, for free.\n`);
	await sleep(SECONDS_TO_REFLECT * 1000, signal).catch(() => undefined);
	if (signal.aborted) throw new Error(STOPPED);
}

/** A video, a character from it, and a second video with that character. @returns the table of what was done */
async function characterAndCameo(stage: Stage, props: Props): Promise<string[]> {
	const { steps } = stage;
	steps.begin('task', 'Text to video', 'submitting');
	const first = await execute(stage, props, { workflow: example('text-to-video.json') });
	const video = await saved(stage, props, first(VIDEO), 'text-to-video');
	steps.finish(ended(video));

	steps.begin('character', 'Character', 'creating');
	const second = await execute(stage, props, {
		workflow: example('character-and-cameo.json'),
		// The first of the two videos exists already, and need not be bought again.
		pinData: { [INTRODUCTION]: [video.item] },
		onNodeDone: (name, [item]) => {
			if (name !== CHARACTER || !item) return;
			steps.finish({ id: String(item.json.id), status: 'created' });
			steps.begin('task', 'Cameo', 'submitting');
		},
	});
	const cameo = await saved(stage, props, second(CAMEO), 'character-and-cameo');
	steps.finish(ended(cameo));

	const { mention } = second(CHARACTER).json;
	return [
		...summary(steps, [video, undefined, cameo]),
		'',
		`The character is ${String(mention)}, and the prompt of the second video mentions it:`,
		`  "${excerptAround(String(cameo.item.json.prompt), String(mention))}"`,
	];
}

/** Where there are no characters. @returns the table of what was done */
async function oneVideo(stage: Stage, props: Props, model: string): Promise<string[]> {
	const { steps } = stage;
	steps.begin('task', 'Text to video', 'submitting');
	const workflow = changed(example('openrouter.json'), VIDEO, {
		model: { __rl: true, mode: 'id', value: model },
	});
	const done = await execute(stage, props, { workflow });
	const video = await saved(stage, props, done(VIDEO), 'text-to-video');
	steps.finish(ended(video));
	return summary(steps, [video]);
}

const ended = ({ item }: Video) => ({ status: String(item.json.status) });

const summary = ({ all }: Steps, files: ReadonlyArray<Video | undefined>): string[] =>
	table(
		['Task', 'ID', 'Status', 'Rendered', 'File'],
		all.map((step, index) => {
			const file = files[index];
			return [
				step.title,
				step.id ?? '-',
				step.status,
				file ? rendered(file.item.json) : '-',
				file ? `${shown(file.path)} (${fileSize(file.bytes)})` : '-',
			];
		}),
		['Rendered'],
	);

const rendered = ({ started_at: start, finished_at: end }: IDataObject) =>
	secondsBetween(start, end);

function excerptAround(text: string, part: string): string {
	const at = text.indexOf(part);
	const [from, to] = [Math.max(0, at - 40), Math.min(text.length, at + part.length + 40)];
	return `${from > 0 ? '...' : ''}${text.slice(from, to)}${to < text.length ? '...' : ''}`;
}

/** Runs a workflow to its end. @returns the way to the item of one of its nodes */
async function execute(
	{ signal }: Stage,
	{ engine }: Props,
	options: Pick<EngineOptions, 'workflow' | 'pinData' | 'onNodeDone'>,
): Promise<(nodeName: string) => INodeExecutionData> {
	if (signal.aborted) throw new Error(STOPPED);
	const running = runWorkflow({
		...engine,
		...options,
		onStart: (stop) => signal.addEventListener('abort', stop, { once: true }),
	});
	const result = await Promise.race([running, givenUp(signal)]);
	if (signal.aborted || !result) throw new Error(STOPPED);
	if (result.error) {
		throw new NodeFailed(result.error.message, result.error.description ?? '');
	}
	return (nodeName) => {
		const [item] = result.items(nodeName);
		if (!item) throw new Error(`The node "${nodeName}" of the example returned nothing`);
		return item;
	};
}

/** Resolves some time after a stop, and never without one. */
async function givenUp(signal: AbortSignal): Promise<undefined> {
	await new Promise<void>((resolve) => {
		signal.addEventListener('abort', () => resolve(), { once: true });
	});
	await sleep(STOP_PATIENCE_MS);
}

async function saved(
	{ signal }: Stage,
	{ folder }: Props,
	item: INodeExecutionData,
	name: string,
): Promise<Video> {
	const file = item.binary?.data;
	if (!file) throw new Error(`Task ${String(item.json.task_id)} came without its video`);
	const extension = file.fileExtension ?? 'mp4';
	return { item, ...(await save(await fileContent(file), { folder, name, extension }, signal)) };
}
