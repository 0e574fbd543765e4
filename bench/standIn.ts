/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- starts a process on a developer's machine, never inside n8n */
/** The stand-in gateway in a process of its own, so that a bench measures n8n's engine and the node alone. */
import { join } from 'node:path';
import execa from 'execa';

import type { Purchase, RecordedRequest, Scenario } from '../test/simulator/simulator';

export interface StandInAddress {
	url: string;
	apiKey: string;
}

export interface StandIn extends StandInAddress {
	/** Changes how the gateway behaves. */
	set(changes: Partial<Scenario>): Promise<void>;
	/** Empties the books. */
	reset(): Promise<void>;
	requests(): Promise<RecordedRequest[]>;
	purchases(): Promise<Purchase[]>;
	stop(): void;
}

/** @param speed gateway seconds in a real second */
export async function startStandIn(speed = 1): Promise<StandIn> {
	const program = join(__dirname, 'gateway.ts');
	const child = execa(process.execPath, ['--import', 'tsx', program, String(speed)], {
		stdin: 'ignore',
		stderr: 'inherit',
	});
	const address = await new Promise<StandInAddress>((resolve, reject) => {
		child.stdout?.once('data', (line) => resolve(JSON.parse(String(line)) as StandInAddress));
		child.finally(() => reject(new Error('The stand-in gateway did not start'))).catch(() => {});
	});
	const at = (path: string) => `${address.url}/simulator/${path}`;
	const read = async (path: string) => await (await fetch(at(path))).json();
	return {
		...address,
		async set(changes) {
			const headers = { 'content-type': 'application/json' };
			await fetch(at('scenario'), { method: 'PUT', headers, body: JSON.stringify(changes) });
		},
		async reset() {
			await fetch(at('reset'), { method: 'POST' });
		},
		requests: async () => (await read('requests')) as RecordedRequest[],
		purchases: async () => (await read('purchases')) as Purchase[],
		stop: () => void child.kill('SIGTERM'),
	};
}
