import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

import { Books } from './books';
import type { CallbackRecord, CreatedCharacter, Purchase, TaskRecord, Upload } from './books';
import { Clock, type GatewayClock } from './clock';
import { Random } from './random';
import { Recorder } from './recorder';
import type { RecordedRequest } from './recorder';
import { DEFAULT_SCENARIO, merge, readScenario, ScenarioError } from './scenario';
import type { Scenario } from './scenario';
import { newServers } from './servers';
import type { Servers } from './servers';
import { Counters } from './world';
import type { World } from './world';

export type { CallbackRecord, CreatedCharacter, Purchase, TaskRecord, Upload } from './books';
export { FAULT_NAMES, FAULTS, FOREIGN_TASK } from './faults';
export type { Fault } from './faults';
export type { RecordedRequest } from './recorder';
export { DOWNLOAD_FAULTS, type DownloadFault } from './downloads';
export { SCENARIO_FIELDS, ScenarioError, type Scenario } from './scenario';

/** How a simulator starts. */
export interface SimulatorOptions {
	/** Of the gateway; the other two hosts take any free one. */
	port?: number;
	/** A key that works; made up when absent. */
	apiKey?: string;
	/** Gateway seconds in a real second, default 1. */
	timeScale?: number;
	/** In the place of a clock of its own: one that its client shares. */
	clock?: GatewayClock;
	/** What differs from the defaults, at the start and after each reset. */
	scenario?: Partial<Scenario>;
	/** Makes IDs and names repeatable. */
	seed?: number;
	/** Gets a line for each request when its exchange is over. */
	log?: (line: string) => void;
}

/** A running stand-in gateway. */
export interface Simulator {
	/** The gateway. */
	readonly url: string;
	/** Another origin that serves the videos and the uploaded files, as result CDNs do. */
	readonly filesUrl: string;
	/** A third origin, the target of hostile redirects. */
	readonly elsewhereUrl: string;
	/** A key that works. */
	readonly apiKey: string;
	/** A second key that works; it does not see the first one's tasks. */
	readonly otherApiKey: string;
	/** What was bought, created, stored and called back. */
	readonly books: {
		readonly purchases: readonly Purchase[];
		readonly characters: readonly CreatedCharacter[];
		readonly uploads: readonly Upload[];
		readonly callbacks: readonly CallbackRecord[];
	};
	/** Every request to the three hosts, oldest first. */
	readonly requests: readonly RecordedRequest[];
	/** Gateway milliseconds since 1970. */
	now(): number;
	/** Moves the gateway's clock forward at once. */
	advance(seconds: number): void;
	/**
	 * Changes the scenario from here on; tasks already bought keep theirs, but for the faults of
	 * polls and downloads. A field given as undefined goes back to its default. A fault that is set
	 * counts from zero. Throws ScenarioError.
	 */
	set(scenario: Partial<Scenario>): void;
	/** Empties books, requests and counters, ends callbacks, puts the scenario back to the options'. */
	reset(): void;
	/** A task with what it does not tell: its owner, its mentions, its scenario. */
	task(taskId: string): TaskRecord | undefined;
	/** How often a task was looked at, with or without success. */
	polls(taskId: string): number;
	/** Video models that the gateway lists and takes from here on, until a reset. */
	addModels(...ids: string[]): void;
	/** Closes everything at once, open connections included. */
	close(): Promise<void>;
}

/** Faults that strike after the purchase: for a task they are looked up when it is looked at. */
const LIVE_FIELDS = ['pollFault', 'downloadFault'] as const;

function newKey(): string {
	return `sk-${randomBytes(24).toString('hex')}`;
}

function accepted(scenario: Partial<Scenario>): Partial<Scenario> {
	const changes = readScenario(scenario);
	if (changes instanceof ScenarioError) throw changes;
	return changes;
}

function newWorld(options: SimulatorOptions): World {
	const clock = options.clock ?? new Clock(options.timeScale ?? 1);
	const random = new Random(options.seed);
	const books = new Books(random);
	const [apiKey, otherApiKey] = [options.apiKey ?? newKey(), newKey()];
	const log = options.log ?? (() => undefined);
	const initial = merge(DEFAULT_SCENARIO, accepted(options.scenario ?? {}));
	const world: World = {
		clock,
		random,
		books,
		recorder: new Recorder(clock, { key: apiKey, 'other key': otherApiKey }, log),
		requestId: () => random.requestId(clock.now()),
		counters: new Counters(),
		apiKey,
		otherApiKey,
		urls: { gateway: '', files: '', elsewhere: '' },
		scenario: { ...initial },
		run: new AbortController(),
		set(changes) {
			world.scenario = merge(world.scenario, changes);
			for (const field of Object.keys(changes)) world.counters.restart(field);
			for (const task of books.allTasks()) {
				for (const field of LIVE_FIELDS) {
					if (!(field in changes) || task.directive.has(field)) continue;
					Object.assign(task.scenario, { [field]: changes[field] });
				}
			}
		},
		reset() {
			world.run.abort();
			world.run = new AbortController();
			world.scenario = { ...initial };
			books.clear();
			world.recorder.clear();
			world.counters.restart();
			random.restart();
		},
	};
	return world;
}

async function listen(server: FastifyInstance, port = 0): Promise<string> {
	return await server.listen({ host: '127.0.0.1', port });
}

/** Starts the stand-in gateway on the loopback address. Throws ScenarioError. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
	const world = newWorld(options);
	const servers: Servers = await newServers(world);
	const close = async () => {
		world.run.abort();
		await Promise.all(
			Object.values(servers).map(async (server: FastifyInstance) => await server.close()),
		);
	};
	let listening = false;
	try {
		world.urls.gateway = await listen(servers.gateway, options.port);
		world.urls.files = await listen(servers.files);
		world.urls.elsewhere = await listen(servers.elsewhere);
		listening = true;
	} finally {
		// Without this, hosts that did start would keep the process alive after a taken port.
		if (!listening) await close();
	}
	return {
		url: world.urls.gateway,
		filesUrl: world.urls.files,
		elsewhereUrl: world.urls.elsewhere,
		apiKey: world.apiKey,
		otherApiKey: world.otherApiKey,
		books: world.books,
		requests: world.recorder.requests,
		now: () => world.clock.now(),
		advance: (seconds) => world.clock.advance(seconds),
		set: (scenario) => world.set(accepted(scenario)),
		reset: () => world.reset(),
		task: (taskId) => world.books.task(taskId),
		polls: (taskId) => world.books.task(taskId)?.polls ?? 0,
		addModels: (...ids) => world.books.addModels(ids),
		close,
	};
}
