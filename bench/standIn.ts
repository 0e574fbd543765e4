/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- starts a process on a developer's machine, never inside n8n */
/** The stand-in gateway in a process of its own, so that a bench measures n8n's engine and the node alone. */
import { join } from 'node:path';
import execa from 'execa';

import type { Purchase, RecordedRequest, Scenario } from '../test/simulator/simulator';

export interface StandInAddress {
	url: string;
	apiKey: string;
}

/** What the stand-in lets a bench do besides. */
export interface StandInControl {
	/** Changes how the gateway behaves. */
	set(changes: Partial<Scenario>): Promise<void>;
	/** Empties the books. */
	reset(): Promise<void>;
	requests(): Promise<RecordedRequest[]>;
	purchases(): Promise<Purchase[]>;
}

export interface StandIn extends StandInAddress, StandInControl {
	stop(): void;
}

/** From any process. */
export function controlOf({ url }: StandInAddress): StandInControl {
	const read = async (path: string) => await (await fetch(`${url}/simulator/${path}`)).json();
	return {
		async set(changes) {
			await fetch(`${url}/simulator/scenario`, {
				method: 'PUT',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(changes),
			});
		},
		async reset() {
			await fetch(`${url}/simulator/reset`, { method: 'POST' });
		},
		requests: async () => (await read('requests')) as RecordedRequest[],
		purchases: async () => ((await read('books')) as { purchases: Purchase[] }).purchases,
	};
}

/** @param speed gateway seconds in a real second */
export async function startStandIn(speed: number): Promise<StandIn> {
	const cli = join(__dirname, '../test/simulator/cli.ts');
	const child = execa(
		process.execPath,
		['--import', 'tsx', cli, '--port', '0', '--speed', String(speed), '--quiet'],
		{ stdin: 'ignore', stderr: 'inherit' },
	);
	const address = await new Promise<StandInAddress>((resolve, reject) => {
		let said = '';
		child.stdout?.on('data', (chunk) => {
			said += String(chunk);
			const found = /gateway is at (\S+)/.exec(said)?.[1];
			const key = /key that works\s+(\S+)/.exec(said)?.[1];
			if (found && key) resolve({ url: found, apiKey: key });
		});
		child.finally(() => reject(new Error('The stand-in gateway did not start'))).catch(() => {});
	});
	return { ...address, ...controlOf(address), stop: () => void child.kill('SIGTERM') };
}
