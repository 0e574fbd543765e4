/* eslint-disable @n8n/community-nodes/no-restricted-imports -- starts n8n on a developer's machine, never inside one */
/** A real n8n in a process of its own, with this package installed as n8n installs a community package. */
import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

import { realN8n, type RealN8n } from './environment';
import {
	freePort,
	Log,
	plainEnvironment,
	Program,
	removeFolder,
	temporaryFolder,
} from './processes';

const START_TIMEOUT_MS = 120_000;
const IS_READY: Record<string, RegExp> = {
	// The health check answers earlier, before the package is loaded and the webhooks are there.
	start: /Editor is now accessible/,
	worker: /n8n worker is now ready/,
	webhook: /Webhook listener waiting for requests/,
};

/** n8n keeps to itself with these: no greeting, no question, and no word to anybody outside of this machine. */
const QUIET = {
	N8N_LISTEN_ADDRESS: '127.0.0.1',
	N8N_SECURE_COOKIE: 'false',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
	// n8n answers 503 to everything once its database has not answered for five seconds, which a busy machine reaches.
	DB_PING_TIMEOUT_MS: '60000',
	N8N_LOG_LEVEL: 'info',
	N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem',
	NO_COLOR: '1',
};

/** It fetches n8n's list of MCP servers at every start, and has no switch of its own. */
const INQUISITIVE_MODULE = 'mcp-registry';

export interface N8nOptions {
	/** Settings on top of the quiet ones; undefined takes one away. */
	environment?: Record<string, string | undefined>;
	/** A folder in which the package is installed already; a temporary one unless given. */
	installedIn?: string;
	/** Any free one unless given. */
	port?: number;
	/** What n8n does: serve, unless it is to be `['worker', '--concurrency=5']` or `['webhook']`. */
	command?: readonly ['start' | 'worker' | 'webhook', ...string[]];
}

/** An n8n that does not know the module refuses to start with its name. */
function silenced(n8n: string): Record<string, string> {
	const module = join(dirname(n8n), '../dist/modules', INQUISITIVE_MODULE);
	return existsSync(module) ? { N8N_DISABLED_MODULES: INQUISITIVE_MODULE } : {};
}

export class N8nServer {
	/** Where the editor, the REST interface and the webhooks are. */
	readonly url: string;
	/** Everything n8n has printed, from all its starts. */
	readonly log = new Log();

	private program: Program | undefined;

	private constructor(
		private readonly options: N8nOptions,
		readonly port: number,
		private readonly brokerPort: number,
		/** What n8n stores, `.n8n` inside included. */
		readonly userFolder: string,
	) {
		this.url = `http://127.0.0.1:${port}`;
	}

	/** A server that is ready. Call `close` at the end. */
	static async start(options: N8nOptions = {}): Promise<N8nServer> {
		const userFolder = options.installedIn ?? temporaryFolder();
		const port = options.port ?? (await freePort());
		const server = new N8nServer(options, port, await freePort(), userFolder);
		try {
			if (!options.installedIn) await server.installPackage();
			await server.begin();
		} catch (error) {
			await server.close();
			throw error as Error;
		}
		return server;
	}

	/** Of the running n8n; undefined where it does not run. */
	get pid(): number | undefined {
		return this.program?.hasEnded ? undefined : this.program?.pid;
	}

	/** Resolves when the n8n that runs now has ended, in whatever way. */
	get ended(): Promise<unknown> {
		if (!this.program) throw new Error('This n8n was never started');
		return this.program.exited;
	}

	/** Starts n8n again after a kill, at the same address and with all that it has kept. */
	async begin(): Promise<void> {
		if (this.pid !== undefined) throw new Error('This n8n is running');
		const { node, n8n } = realN8n();
		const command = this.options.command ?? ['start'];
		const from = this.log.text.length;
		const program = new Program({
			command: [node, n8n, ...command],
			// n8n also reads a file .env where it stands.
			cwd: this.userFolder,
			environment: this.environment({ node, n8n }),
			log: this.log,
		});
		this.program = program;
		const ready = this.log.waitFor(IS_READY[command[0]] ?? /./, {
			from,
			timeoutMs: START_TIMEOUT_MS,
		});
		const ended = program.exited.then((how) => {
			throw new Error(`n8n ended before it was ready (${how}):\n${this.log.tail}`);
		});
		// Whichever comes second is of no interest any more.
		ended.catch(() => undefined);
		ready.catch(() => undefined);
		await Promise.race([ready, ended]);
	}

	/** Ends n8n and its task runner without a warning (SIGKILL). */
	async kill(): Promise<void> {
		await this.program?.kill();
	}

	/** Ends n8n in order, as at an update, and starts it again. */
	async restart(): Promise<void> {
		await this.program?.stop();
		await this.begin();
	}

	/** Ends n8n for good, and removes its folder. */
	async close(): Promise<void> {
		await this.kill();
		await removeFolder(this.userFolder);
	}

	/** To the place, and into the list, where n8n puts a community package; the rest was done when it was packed. */
	private async installPackage(): Promise<void> {
		const { soraPackage } = realN8n();
		const { name, version } = JSON.parse(
			await readFile(join(soraPackage, 'package.json'), 'utf8'),
		) as { name: string; version: string };
		const nodes = join(this.userFolder, '.n8n/nodes');
		const target = join(nodes, 'node_modules', name);
		await cp(soraPackage, target, { recursive: true });
		const list = { name: 'installed-nodes', private: true, dependencies: { [name]: version } };
		await writeFile(join(nodes, 'package.json'), JSON.stringify(list, null, 2));
	}

	private environment({ node, n8n }: Pick<RealN8n, 'node' | 'n8n'>) {
		const inherited = plainEnvironment();
		const path = Object.keys(inherited).find((name) => /^path$/i.test(name)) ?? 'PATH';
		return {
			...inherited,
			// n8n starts its task runner with whatever `node` is found first.
			[path]: [dirname(node), inherited[path]].join(delimiter),
			...QUIET,
			...silenced(n8n),
			N8N_USER_FOLDER: this.userFolder,
			N8N_PORT: String(this.port),
			N8N_RUNNERS_BROKER_PORT: String(this.brokerPort),
			...this.options.environment,
		};
	}
}
