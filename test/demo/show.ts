/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine, never inside n8n */
/** The demo itself: examples on n8n's engine, with the built package. */
import { join } from 'node:path';
import { BinaryDataService } from 'n8n-core';
import type {
	ICredentialType,
	IDataObject,
	INodeExecutionData,
	INodeType,
	LogMetadata,
} from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import { CHECKOUT } from '../e2e/environment';
import { changed, example } from '../e2e/examples';
import { loadBuilt } from '../engine/builtPackage';
import { Container, LOGGER } from '../engine/container';
import { runWorkflow, type EngineOptions } from '../engine/engine';
import { startSimulator, type Scenario, type Simulator } from '../simulator/simulator';
import type { Format, Gateway } from './arguments';
import { outputFolder, save, shown } from './files';

/** A typical four-minute render in ten seconds; the node keeps its own pace. */
const STAND_IN = { timeScale: 24, scenario: { renderSeconds: 240, characterSeconds: 20 } };
const SECONDS_TO_REFLECT = 5;
/** After a stop: how long a request in flight may take to reveal its result. */
const STOP_PATIENCE_MS = 10_000;

interface Way {
	/** Appended to the stand-in's address. */
	path: string;
	scenario: Partial<Scenario>;
	perform: (stage: Stage, engine: Engine, folder: string) => Promise<void>;
	/** What is bought from a real gateway. */
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
		perform: oneVideoOf('veo-3.1-generate-preview'),
		buys: '1 video',
	},
	openrouter: {
		path: '/api/v1',
		scenario: { formats: 'videos', face: 'openrouter' },
		perform: oneVideoOf('google/veo-3.1'),
		buys: '1 video',
	},
};

/** The names of the nodes in the examples. */
const VIDEO = 'Generate a Video';
const INTRODUCTION = 'Introduce the Fox';
const CHARACTER = 'Create a Character';
const CAMEO = 'Generate the Cameo';

interface Stage {
	say: (text: string) => void;
	/** Of the accepted tasks. */
	taskIds: string[];
	/** Aborted by Ctrl-C. */
	signal: AbortSignal;
}

/** Everything that an execution needs apart from its workflow. */
type Engine = Pick<EngineOptions, 'credential' | 'sora' | 'credentialType'>;

/** Also fails when it is stopped. */
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
		listenToLog(stage);
		const loader = await loadBuilt();
		// Files are on disk, as in a current n8n, instead of in memory.
		await Container.get(BinaryDataService).init();
		if (standIn) {
			say(
				`Stand-in gateway at ${standIn.url}; its clock runs ${STAND_IN.timeScale} times as fast as ours.\nNothing leaves this machine.`,
			);
		}
		say(`Videos go to ${shown(folder)}\n`);
		const gateway = live ?? { baseUrl: `${standIn?.url}${path}`, apiKey: standIn?.apiKey ?? '' };
		const engine = {
			sora: loader.getNode('sora').type as INodeType,
			credentialType: loader.getCredential('soraApi').type as ICredentialType,
			credential: { ...gateway, apiFormat: format },
		};
		await perform(stage, engine, folder);
		say(
			standIn
				? `This cost nothing: the stand-in's books show ${inTheBooks(standIn.books)}, and the clips are its own.`
				: `This bought ${buys}; your account at the gateway shows what it cost.`,
		);
		say(
			`Next: in n8n, install n8n-nodes-sora under Settings > Community Nodes, then import a file of ${shown(join(CHECKOUT, 'examples'))}.`,
		);
		if (standIn) say('The same with a real gateway: npm run demo -- --help');
	} finally {
		await standIn?.close();
	}
}

const inTheBooks = ({ purchases, characters }: Simulator['books']) =>
	`videos: ${purchases.length}, characters: ${characters.length}`;

async function warn({ say, signal }: Stage, { baseUrl }: Gateway, buys: string): Promise<void> {
	// Only the origin: an address may contain a password.
	say(`This buys ${buys} from ${new URL(baseUrl).origin}; a video is 8 to 10 seconds long.`);
	say(`It starts in ${SECONDS_TO_REFLECT} seconds. Ctrl-C stops it now, for free.\n`);
	await sleep(SECONDS_TO_REFLECT * 1000, signal);
}

/** Prints what the node logs; n8n's own lines are discarded. */
function listenToLog({ say, taskIds }: Stage): void {
	const listen = (message: string, { taskId }: LogMetadata = {}) => {
		if (!message.startsWith('Sora ')) return;
		if (/^Sora task \S+ accepted/.test(message)) taskIds.push(String(taskId));
		say(message);
	};
	const logger = { error: listen, warn: listen, info: listen, debug: listen, scoped: () => logger };
	Container.set(LOGGER, logger);
}

/** A video, a character from it, and a second video with that character. */
async function characterAndCameo(stage: Stage, engine: Engine, folder: string): Promise<void> {
	const first = await execute(stage, engine, { workflow: example('text-to-video.json') });
	await keep(stage, first(VIDEO), folder, 'text-to-video');
	const second = await execute(stage, engine, {
		workflow: example('character-and-cameo.json'),
		// The first of the two videos already exists.
		pinData: { [INTRODUCTION]: [first(VIDEO)] },
	});
	const { mention, id } = second(CHARACTER).json;
	stage.say(`The character is ${String(mention)} (${String(id)}); the next prompt mentions it.`);
	await keep(stage, second(CAMEO), folder, 'character-and-cameo');
}

/** For APIs without characters. */
function oneVideoOf(model: string): Way['perform'] {
	return async (stage, engine, folder) => {
		const workflow = changed(example('openrouter.json'), VIDEO, {
			model: { __rl: true, mode: 'id', value: model },
		});
		const done = await execute(stage, engine, { workflow });
		await keep(stage, done(VIDEO), folder, 'text-to-video');
	};
}

/** Runs a workflow to its end. @returns a function from a node's name to its item */
async function execute(
	{ signal }: Stage,
	engine: Engine,
	options: Pick<EngineOptions, 'workflow' | 'pinData'>,
): Promise<(nodeName: string) => INodeExecutionData> {
	signal.throwIfAborted();
	const running = runWorkflow({
		...engine,
		...options,
		onStart: (stop) => signal.addEventListener('abort', stop, { once: true }),
	});
	const result = await Promise.race([running, givenUp(signal)]);
	signal.throwIfAborted();
	const { error } = result ?? {};
	if (error) throw Object.assign(new Error(error.message), { description: error.description });
	return (nodeName) => {
		const [item] = result?.items(nodeName) ?? [];
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

/** Saves the video of an item, and prints that. */
async function keep(
	{ say, signal }: Stage,
	{ json, binary }: INodeExecutionData,
	folder: string,
	name: string,
): Promise<void> {
	const id = binary?.data?.id;
	if (!id) throw new Error(`Task ${String(json.task_id)} came without its video`);
	const content = await Container.get(BinaryDataService).getAsStream(id);
	const path = await save(content, folder, name, signal);
	say(`Task ${String(json.task_id)}: ${String(json.status)}${rendered(json)}, ${shown(path)}\n`);
}

/** If the gateway reports it. */
function rendered({ started_at: start, finished_at: end }: IDataObject): string {
	const ms = Date.parse(String(end)) - Date.parse(String(start));
	return ms >= 0 ? ` after ${Math.round(ms / 1000)} s` : '';
}
