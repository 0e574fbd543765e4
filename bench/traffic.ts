/** What the stand-in gateway saw of an execution. */
import type { Purchase, RecordedRequest } from '../test/simulator/simulator';
import type { StandIn } from './standIn';

export interface Traffic {
	purchases: Purchase[];
	requests: RecordedRequest[];
}

/** Of the tasks whose prompt begins so. */
export async function trafficOf(standIn: StandIn, promptStart: string): Promise<Traffic> {
	const all = await standIn.purchases();
	const purchases = all.filter(({ prompt }) => prompt.startsWith(promptStart));
	const taskIds = new Set(purchases.map(({ taskId }) => taskId));
	const requests = await standIn.requests();
	return { purchases, requests: requests.filter(({ taskId }) => taskId && taskIds.has(taskId)) };
}

export const pollsIn = ({ requests }: Traffic) =>
	requests.filter(({ route }) => route === 'task').length;

/** Of the requests of one kind, in real time. */
export function busiestSecond({ requests }: Traffic, kind: 'generate' | 'task'): number {
	const moments = requests
		.filter(({ route }) => route === kind)
		.map(({ realAt }) => realAt)
		.sort((a, b) => a - b);
	let first = 0;
	return moments.reduce((most, moment, index) => {
		while (moment - (moments[first] ?? 0) >= 1_000) first++;
		return Math.max(most, index - first + 1);
	}, 0);
}
