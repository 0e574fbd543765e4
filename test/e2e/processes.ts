/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- starts programs on a developer's machine, never inside n8n */
/** Programs beside the test, with their logs. Each is ended with the test, even where that is killed. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import execa, { type ExecaChildProcess } from 'execa';
import getPort from 'get-port';
import { sleep } from 'n8n-workflow';

const IS_WINDOWS = process.platform === 'win32';
const TAIL_LINES = 30;
const LOOK_EVERY_MS = 50;

let undertaker: ExecaChildProcess | undefined;

function tellUndertaker(line: string): void {
	if (!undertaker) {
		undertaker = execa(process.execPath, [join(__dirname, 'undertaker.mjs')], {
			detached: true,
			cleanup: false,
			stdio: ['pipe', 'ignore', 'ignore'],
		});
		// Neither of both may keep this process alive.
		undertaker.unref();
		(undertaker.stdin as unknown as { unref(): void }).unref();
	}
	undertaker.stdin?.write(`${line}\n`);
}

/** A folder that is gone at the latest when this process is. */
export function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-sora-e2e-'));
	tellUndertaker(`+folder ${folder}`);
	return folder;
}

export async function removeFolder(folder: string): Promise<void> {
	await rm(folder, { recursive: true, force: true, maxRetries: 3 });
	tellUndertaker(`-folder ${folder}`);
}

/** A port of the loopback address that nobody listens on. */
export const freePort = async () => await getPort({ host: '127.0.0.1' });

const INHERITED =
	/^(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE)$/i;

/** What a program needs of the environment, and none of the developer's own settings, proxies included. */
export function plainEnvironment(): Record<string, string> {
	const entries = Object.entries(process.env).filter(([name]) => INHERITED.test(name));
	return Object.fromEntries(entries) as Record<string, string>;
}

/** Everything that a program has printed; it goes on through restarts. */
export class Log {
	text = '';

	get lines(): string[] {
		return this.text.split('\n');
	}

	/** The last lines, for an error message. */
	get tail(): string {
		return this.lines.slice(-TAIL_LINES).join('\n').trim();
	}

	add(chunk: string): void {
		this.text += stripVTControlCharacters(chunk);
	}

	/** The first match behind position `from` of the text; fails when it does not come in time. */
	async waitFor(
		pattern: RegExp,
		{ from = 0, timeoutMs = 30_000 }: { from?: number; timeoutMs?: number } = {},
	): Promise<RegExpExecArray> {
		const until = Date.now() + timeoutMs;
		for (;;) {
			const match = pattern.exec(this.text.slice(from));
			if (match) return match;
			if (Date.now() > until) {
				throw new Error(`${String(pattern)} did not come in the log:\n${this.tail}`);
			}
			await sleep(LOOK_EVERY_MS);
		}
	}
}

interface ProgramOptions {
	/** The program, and its arguments. */
	command: readonly string[];
	cwd: string;
	/** What is undefined is left out. */
	environment: Record<string, string | undefined>;
	log: Log;
}

/** A program with everything that it has started. */
export class Program {
	readonly pid: number;
	/** Resolves when it has ended, in whatever way, with its exit code or the signal that ended it. */
	readonly exited: Promise<number | string>;
	hasEnded = false;

	private readonly child: ExecaChildProcess;

	constructor({ command: [program = '', ...args], cwd, environment, log }: ProgramOptions) {
		this.child = execa(program, args, {
			cwd,
			env: environment,
			extendEnv: false,
			// In a process group of its own, which a Ctrl-C at the terminal does not reach.
			detached: !IS_WINDOWS,
			stdin: 'ignore',
			all: true,
			buffer: false,
			reject: false,
		});
		this.pid = this.child.pid ?? 0;
		if (this.pid) tellUndertaker(`+group ${this.pid}`);
		this.child.all?.setEncoding('utf8').on('data', (chunk: string) => log.add(chunk));
		this.exited = this.child.then((result) => {
			if (this.pid) {
				this.killGroup();
				tellUndertaker(`-group ${this.pid}`);
			} else {
				log.add(`${program} did not start: ${String(result)}\n`);
			}
			this.hasEnded = true;
			return result.signal ?? result.exitCode ?? 1;
		});
	}

	/** Asks it to end, and ends it where it does not. */
	async stop(patienceMs = 30_000): Promise<void> {
		this.child.kill('SIGTERM', { forceKillAfterTimeout: patienceMs });
		await this.exited;
	}

	/** Ends it without a warning, as a power cut does. */
	async kill(): Promise<void> {
		this.killGroup();
		await this.exited;
	}

	private killGroup(): void {
		try {
			process.kill(IS_WINDOWS ? this.pid : -this.pid, 'SIGKILL');
		} catch {
			// It had ended, and all that it had started.
		}
	}
}
