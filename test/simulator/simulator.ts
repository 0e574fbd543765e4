import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

import { Books } from './books';
import { Clock, type GatewayClock } from './clock';
import { Random } from './random';
import { Recorder, type RecordedRequest } from './recorder';
import { DEFAULT_SCENARIO, merge, readScenario, ScenarioError, type Scenario } from './scenario';
import { newServers } from './servers';
import { Counters, type World } from './world';

export type { CallbackRecord, CreatedCharacter, Purchase, TaskRecord, Upload } from './books';
export { FAULTS, FOREIGN_TASK, type Fault } from './faults';
export type { RecordedRequest } from './recorder';
export { DOWNLOAD_FAULTS, type DownloadFault } from './downloads';
export type { Scenario } from './scenario';

export interface SimulatorOptions {
	/** Gateway seconds per real second, default 1. */
	timeScale?: number;
	/** Replaces the simulator's own clock with one that its client shares. */
	clock?: GatewayClock;
	/** Overrides of the defaults, at the start and after each reset. */
	scenario?: Partial<Scenario>;
	/** Makes IDs and names repeatable. */
	seed?: number;
	/** More routes of the gateway, such as those of another service. */
	routes?: (server: FastifyInstance, world: World) => void;
	/** Gets a line for each request once it is over. */
	log?: (line: string) => void;
}

/** Faults after the purchase: they are looked up whenever the task is polled. */
const LIVE_FIELDS = ['pollFault', 'downloadFault'] as const;

const newKey = () => `sk-${randomBytes(24).toString('hex')}`;

function accepted(scenario: Partial<Scenario>): Partial<Scenario> {
	const changes = readScenario(scenario);
	if (changes instanceof ScenarioError) throw changes;
	return changes;
}

function newWorld(options: SimulatorOptions): World {
	const clock = options.clock ?? new Clock(options.timeScale ?? 1);
	const random = new Random(options.seed);
	const books = new Books(random);
	const [apiKey, otherApiKey] = [newKey(), newKey()];
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
			world.recorder.requests.length = 0;
			world.counters.restart();
			random.restart();
		},
	};
	return world;
}

/** Starts the stand-in gateway on the loopback address. Throws ScenarioError. */
export async function startSimulator(options: SimulatorOptions = {}) {
	const world = newWorld(options);
	const servers = await newServers(world);
	options.routes?.(servers.gateway, world);
	const close = async () => {
		world.run.abort();
		await Promise.all(Object.values(servers).map(async (server) => await server.close()));
	};
	try {
		for (const name of ['gateway', 'files', 'elsewhere'] as const) {
			world.urls[name] = await servers[name].listen({ host: '127.0.0.1', port: 0 });
		}
	} catch (error) {
		// Without this, hosts that did start would keep the process alive if a port was taken.
		await close();
		throw error as Error;
	}
	const { books, clock, recorder, urls } = world;
	return {
		url: urls.gateway,
		/** Another origin that serves the videos and the uploaded files, like a CDN. */
		filesUrl: urls.files,
		/** A third origin, the target of hostile redirects. */
		elsewhereUrl: urls.elsewhere,
		/** A valid key. */
		apiKey: world.apiKey,
		/** A second valid key; it does not see the first one's tasks. */
		otherApiKey: world.otherApiKey,
		/** Everything bought, created, stored and called back. */
		books,
		/** Every request to the three hosts, oldest first. */
		requests: recorder.requests as readonly RecordedRequest[],
		/** Gateway milliseconds since 1970. */
		now: () => clock.now(),
		/** Moves the gateway's clock forward. */
		advance: (seconds: number) => clock.advance(seconds),
		/**
		 * Changes the scenario; tasks already bought keep theirs, except for faults of polls and downloads. An undefined
		 * field is reset to its default. A fault that is set counts from zero. Throws ScenarioError.
		 */
		set: (scenario: Partial<Scenario>) => world.set(accepted(scenario)),
		/** Clears books, requests and counters, ends callbacks, restores the scenario from the options. */
		reset: () => world.reset(),
		/** A task with what it does not report: its owner, its mentions, its scenario. */
		task: (taskId: string) => books.task(taskId),
		/** How often a task was polled, successfully or not. */
		polls: (taskId: string) => books.task(taskId)?.polls ?? 0,
		/** Adds video models that the gateway lists and accepts until a reset. */
		addModels: (...ids: string[]) => books.addModels(ids),
		/** Closes everything at once, open connections included. */
		close,
	};
}

export type Simulator = Awaited<ReturnType<typeof startSimulator>>;
