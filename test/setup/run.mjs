import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

export const root = fileURLToPath(new URL('../../', import.meta.url));

const onTerminal = Boolean(process.stdout.isTTY);
const windows = process.platform === 'win32';
const relayedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

// Under npm, Ctrl-C arrives twice: from the terminal, and forwarded by npm. Nobody can press it this fast.
const sameKeyPressMs = 300;

/** A failure that needs no stack trace: the output so far, and one line about it. */
export class StepFailed extends Error {
	constructor(message, output) {
		super(message);
		this.output = output;
	}
}

/** If npm runs this script, the same npm is used again: another one may read the lockfile differently. */
export const npm =
	basename(process.env.npm_execpath ?? '') === 'npm-cli.js'
		? [process.execPath, process.env.npm_execpath]
		: ['npm'];

/** A folder that is removed when this process ends. */
export function temporaryFolder() {
	const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-sora-'));
	process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

function exitCodeOf(code, signal) {
	return code ?? 128 + constants.signals[signal];
}

// The child leads its own process group, so that a key press on the terminal reaches only this process and is forwarded
// exactly once.
function startInOwnGroup([command, ...args], options) {
	return spawn(command, args, { cwd: root, detached: !windows, ...options });
}

function relaySignals(child, send) {
	let received;
	let receivedAt = -Infinity;
	const relay = (signal) => {
		const now = performance.now();
		if (signal === received && now - receivedAt < sameKeyPressMs) return;
		received = signal;
		receivedAt = now;
		send(signal);
	};
	for (const signal of relayedSignals) process.on(signal, relay);
	const stop = () => {
		for (const signal of relayedSignals) process.off(signal, relay);
	};
	child.once('close', stop).once('error', stop);
	return () => received;
}

// A captured command sees no terminal, so it must be told whether to use colours. Node warns if both variables are set.
function captureEnvironment(extra) {
	const { FORCE_COLOR, NO_COLOR, ...env } = process.env;
	return { ...env, ...(onTerminal ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }), ...extra };
}

/** Runs a command and captures its output; returns it, or throws with it. */
export async function capture(command, { cwd = root, env = {} } = {}) {
	return await new Promise((resolve, reject) => {
		const chunks = [];
		const output = () => {
			const text = Buffer.concat(chunks).toString();
			return onTerminal ? text : stripVTControlCharacters(text);
		};
		const child = startInOwnGroup(command, {
			cwd,
			env: captureEnvironment(env),
			stdio: ['ignore', 'pipe', 'pipe'],
			shell: windows && command[0] === 'npm',
		});
		const received = relaySignals(child, (signal) => {
			if (windows) child.kill(signal);
			else process.kill(-child.pid, signal);
		});
		child.stdout.on('data', (chunk) => chunks.push(chunk));
		child.stderr.on('data', (chunk) => chunks.push(chunk));
		child.on('error', (error) =>
			reject(new StepFailed(`${command.join(' ')} did not start: ${error.message}`, output())),
		);
		child.on('close', (code, signal) => {
			if (received()) process.exit(exitCodeOf(null, received()));
			if (code === 0) return resolve(output());
			const reason = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
			reject(new StepFailed(`${command.join(' ')} ${reason}`, output()));
		});
	});
}

/** Retries work that needs the network. */
export async function repeated(work, tries = 3) {
	for (let attempt = 1; ; attempt++) {
		try {
			return await work();
		} catch (error) {
			if (attempt === tries) throw error;
			await setTimeout(attempt * 3000);
		}
	}
}

/** Hands the terminal over to a TypeScript program. Returns its exit code, with which this process should end, too. */
export async function launch(program, args) {
	const child = startInOwnGroup([process.execPath, '--import', 'tsx', program, ...args], {
		stdio: 'inherit',
	});
	relaySignals(child, (signal) => child.kill(signal));
	process.exitCode = await new Promise((resolve) => {
		child.on('error', (error) => {
			console.error(`${program} did not start: ${error.message}`);
			resolve(1);
		});
		child.on('exit', (code, signal) => resolve(exitCodeOf(code, signal)));
	});
	return process.exitCode;
}

/**
 * Does a piece of work in one line of output with a counter of seconds; without a terminal, a line every 15 seconds.
 * `work` may return a remark for the last line; if it fails, everything its command printed is shown. Returns whether
 * it succeeded.
 */
export async function step(name, work) {
	const start = performance.now();
	const elapsed = () => `${Math.round((performance.now() - start) / 1000)} s`;
	process.stdout.write(`${name} … `);
	const ticker = onTerminal
		? setInterval(() => process.stdout.write(`\r${name} … ${elapsed()} `), 1_000)
		: setInterval(() => process.stdout.write(`\n  ${elapsed()} … `), 15_000);
	const end = (text) => {
		clearInterval(ticker);
		process.stdout.write(`${onTerminal ? `\r\u001b[K${name} … ` : ''}${text}\n`);
	};
	try {
		const remark = await work();
		end(`ok (${elapsed()}${remark ? `, ${remark}` : ''})`);
		return true;
	} catch (error) {
		end(`failed (${elapsed()})`);
		console.log(error instanceof StepFailed ? `${error.output.trim()}\n${error.message}` : error);
		return false;
	}
}
