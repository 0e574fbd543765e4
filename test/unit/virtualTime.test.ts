/* eslint-disable @n8n/community-nodes/no-restricted-imports -- keeps the event loop busy, never inside n8n */
import { pbkdf2 } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as realTime } from 'node:timers/promises';
import { promisify } from 'node:util';
import execa from 'execa';

import { VirtualTime } from '../virtualTime';

const SECOND = 1_000;

let time: VirtualTime;
let began: number;
beforeEach(() => {
	time = new VirtualTime(undefined, 5);
	began = time.now();
});
afterEach(() => time.close());
const passed = () => time.now() - began;

it('jumps to the earliest moment that somebody sleeps for, and wakes everybody in turn', async () => {
	const woken: Array<[string, number]> = [];
	const sleeper = async (name: string, ms: number) => {
		await time.sleep(ms);
		woken.push([name, passed()]);
	};
	await Promise.all([sleeper('late', 5_000 * SECOND), sleeper('early', 3), sleeper('then', 60)]);
	expect(woken).toEqual([
		['early', 3],
		['then', 60],
		['late', 5_000 * SECOND],
	]);
});

describe('time stands still', () => {
	let server: Server | undefined;
	afterEach(() => void server?.close());

	/** Two answers, each of which takes many turns. */
	async function fetched(): Promise<void> {
		server = createServer((_, response) => {
			void (async () => {
				for (let part = 0; part < 20; part++) {
					response.write('x'.repeat(100_000));
					await turn();
				}
				response.end();
			})();
		});
		await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
		const { port } = server.address() as AddressInfo;
		const lengths = [0, 1].map(
			async () => (await (await fetch(`http://127.0.0.1:${port}`)).text()).length,
		);
		expect(await Promise.all(lengths)).toEqual([2_000_000, 2_000_000]);
	}

	/** A pipe that nobody has written to yet. It is made at once: time does not see another process. */
	async function read(): Promise<void> {
		const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-sora-'));
		const pipe = join(folder, 'pipe');
		execa.sync('mkfifo', [pipe]);
		const reading = readFile(pipe, 'utf8');
		await realTime(30);
		await Promise.all([writeFile(pipe, 'come'), reading]);
		expect(await reading).toBe('come');
		rmSync(folder, { recursive: true });
	}

	const hashed = async () => void (await promisify(pbkdf2)('words', 'salt', 2e5, 64, 'sha512'));

	const works: Array<[string, () => Promise<void>, number?]> = [
		['a request is on its way', fetched],
		['something is read', read],
		['a timer of a millisecond runs', async () => await realTime(1), 50],
	];
	if (existsSync('/proc/self/task')) works.push(['another thread computes', hashed]);

	it.each(works)('while %s', async (...cell) => {
		const [, work, rounds = 1] = cell;
		for (let round = 0; round < rounds; round++) {
			began = time.now();
			const sleeping = time.sleep(SECOND);
			await work();
			expect(passed()).toBe(0);
			await sleeping;
		}
	});
});

it('moves on at once when told to, and wakes whoever slept for less, in order', async () => {
	const woken: number[] = [];
	const sleeping = [9, 3, 20].map(async (seconds) => {
		await time.sleep(seconds * SECOND);
		woken.push(seconds);
	});
	time.advance(10);
	expect(passed()).toBe(10 * SECOND);
	await Promise.resolve();
	await Promise.all(sleeping.slice(0, 2));
	expect(woken).toEqual([3, 9]);
	await sleeping[2];
	expect(passed()).toBe(20 * SECOND);
});

it('does not jump to a moment that nobody sleeps for any more', async () => {
	const stop = new AbortController();
	const stopped = time.sleep(100 * SECOND, stop.signal);
	stop.abort(new Error('stopped'));
	await expect(stopped).rejects.toThrow('stopped');
	await expect(time.when(() => false)).rejects.toThrow(/in vain/);
	expect(passed()).toBe(0);
});

describe('whoever waits for something', () => {
	it('hears of it before time jumps, when everything is idle', async () => {
		const seen: number[] = [];
		void time.sleep(SECOND).then(() => seen.push(1, 2));
		void time.sleep(2 * SECOND).then(() => seen.push(3));
		await time.when(() => seen.length > 0);
		expect([seen, passed()]).toEqual([[1, 2], SECOND]);
	});

	it('is told when it cannot happen any more', async () => {
		await time.sleep(1);
		await expect(time.when(() => false)).rejects.toThrow(/in vain/);
		await expect(time.ending(new Promise(() => undefined))).rejects.toThrow(/in vain/);
	});

	it('is told so even if somebody sleeps forever', async () => {
		void time.sleep(Number.POSITIVE_INFINITY);
		await expect(time.when(() => false)).rejects.toThrow(/in vain/);
		expect(passed()).toBe(0);
	});
});

it('a limit that nobody listens to any more does not hold time', async () => {
	const limit = time.timeout(30 * SECOND);
	const listener = () => undefined;
	limit.addEventListener('abort', listener);
	limit.removeEventListener('abort', listener);
	await time.sleep(60 * SECOND);
	expect([passed(), limit.aborted]).toEqual([60 * SECOND, false]);
});
