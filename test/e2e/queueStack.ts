/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- starts programs on a developer's machine, never inside n8n */
/** n8n in queue mode: PostgreSQL, Redis, a main process and workers, all on the loopback address. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { N8nServer } from './n8nServer';
import {
	freePort,
	Log,
	plainEnvironment,
	Program,
	removeFolder,
	temporaryFolder,
} from './processes';

/** The user `nobody` of every Linux: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;
const DATABASE_USER = 'n8n';
const START_TIMEOUT_MS = 60_000;

/** Programs that Debian does not put on the PATH. */
function debianFolders(): string[] {
	const versions = '/usr/lib/postgresql';
	if (!existsSync(versions)) return [];
	return readdirSync(versions)
		.sort((a, b) => Number(b) - Number(a))
		.map((version) => join(versions, version, 'bin'));
}

function program(name: string): string {
	const folders = [...debianFolders(), ...(process.env.PATH ?? '').split(delimiter)];
	const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
	if (found) return found;
	throw new Error(
		`n8n's queue mode needs ${name}, which is not on this machine. On Debian: apt-get install postgresql redis-server`,
	);
}

/** The last command is the service, and says `ready`; those before it prepare the folder, which is gone with it. */
async function startService(
	commands: (folder: string) => string[][],
	ready: RegExp,
): Promise<{ close(): Promise<void> }> {
	const folder = temporaryFolder();
	const log = new Log();
	let running: Program | undefined;
	const close = async () => {
		await running?.stop(5_000);
		await removeFolder(folder);
	};
	const asRoot = process.getuid?.() === 0;
	if (asRoot) await chown(folder, NOBODY, NOBODY);
	const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
	const start = (command: string[]) =>
		new Program({
			command: [...(asRoot ? asNobody : []), ...command],
			cwd: folder,
			environment: plainEnvironment(),
			log,
		});
	try {
		const [service = [], ...preparing] = commands(folder).reverse();
		for (const command of preparing) {
			if ((await start(command).exited) !== 0)
				throw new Error(`${command[0]} failed:\n${log.tail}`);
		}
		running = start(service);
		await log.waitFor(ready, { timeoutMs: START_TIMEOUT_MS });
		return { close };
	} catch (error) {
		await close();
		throw error as Error;
	}
}

async function startPostgres(port: number): Promise<{ close(): Promise<void> }> {
	const [initdb, postgres] = [program('initdb'), program('postgres')];
	return await startService((folder) => {
		const data = join(folder, 'data');
		const cluster = ['-D', data, '-U', DATABASE_USER, '--auth=trust', '--locale=C', '--no-sync'];
		const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
		return [
			[initdb, ...cluster, '--encoding=UTF8'],
			[postgres, '-D', data, '-p', String(port), ...settings.flatMap((text) => ['-c', text])],
		];
	}, /ready to accept connections/);
}

async function startRedis(port: number): Promise<{ close(): Promise<void> }> {
	const redis = program('redis-server');
	const settings = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
	return await startService(
		(folder) => [[redis, '--port', String(port), ...settings, '--dir', folder]],
		/Ready to accept connections/,
	);
}

export interface QueueStack {
	/** Serves the editor, the REST interface and the webhooks; runs nothing itself. */
	readonly main: N8nServer;
	readonly workers: readonly N8nServer[];
	/** Takes calls beside the main process. */
	readonly webhook: N8nServer;
	/** Ends everything, in the order in which it does not complain. */
	close(): Promise<void>;
}

/** Starts all of it, with two workers, and with this package installed in every n8n. */
export async function startQueueStack(): Promise<QueueStack> {
	const opened: Array<{ close(): Promise<void> }> = [];
	/** What did start is known, and can be closed, also where another did not. */
	const open = async <Part extends { close(): Promise<void> }>(starting: Promise<Part>) => {
		const part = await starting;
		opened.push(part);
		return part;
	};
	const close = async () => {
		for (const part of opened.reverse()) await part.close();
	};
	try {
		const [databasePort, redisPort] = [await freePort(), await freePort()];
		await open(startPostgres(databasePort));
		await open(startRedis(redisPort));
		const environment = {
			EXECUTIONS_MODE: 'queue',
			N8N_ENCRYPTION_KEY: randomBytes(16).toString('hex'),
			// The stand-in calls the address that n8n gives out, and listens to the loopback address alone.
			N8N_HOST: '127.0.0.1',
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: String(databasePort),
			DB_POSTGRESDB_DATABASE: 'postgres',
			DB_POSTGRESDB_USER: DATABASE_USER,
			QUEUE_BULL_REDIS_HOST: '127.0.0.1',
			QUEUE_BULL_REDIS_PORT: String(redisPort),
			// n8n misses a killed worker sooner than after its minute and a half; the rest is its own choice.
			QUEUE_WORKER_LOCK_DURATION: '12000',
			QUEUE_WORKER_LOCK_RENEW_TIME: '3000',
			QUEUE_WORKER_STALLED_INTERVAL: '3000',
			// In queue mode n8n chooses its database by itself.
			N8N_DEFAULT_BINARY_DATA_MODE: undefined,
		};
		const main = await open(N8nServer.start({ environment }));
		const beside = async (...command: ['worker' | 'webhook', ...string[]]) =>
			await open(
				N8nServer.start({
					// A worker gives out addresses too ($execution.resumeUrl), and would take its own for them.
					environment: { ...environment, WEBHOOK_URL: `${main.url}/` },
					command,
				}),
			);
		// n8n advises against less than five executions at a time.
		const worker = async () => await beside('worker', '--concurrency=5');
		// Side by side; one that fails must not leave the other unknown.
		const starting = [worker(), worker()];
		await Promise.allSettled(starting);
		return { main, workers: await Promise.all(starting), webhook: await beside('webhook'), close };
	} catch (error) {
		await close();
		throw error as Error;
	}
}
