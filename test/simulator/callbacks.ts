import type { CallbackRecord, TaskRecord } from './books';
import { shownUrl } from './links';
import type { Scenario } from './scenario';
import { taskAt, timeline } from './walk';
import type { World } from './world';

/** Real milliseconds that a hook may take to answer. */
const PATIENCE_MS = 10_000;

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

interface Call {
	at: number;
	/** The task at that moment, however late the call is made: an earlier hook may have been slow. */
	payload: () => unknown;
}

function callsOf(world: World, task: TaskRecord): Call[] {
	const { submitted, queued, started, finished } = timeline(task);
	const taskThen = (at: number) => taskAt(task, at, shownUrl(world, task, at));
	const plain = (at: number): Call => ({ at, payload: () => taskThen(at) });
	const last = plain(finished);
	const halfWay = started + (finished - started) / 2;
	const early = () => ({ ...taskThen(halfWay), status: 'SUCCESS', progress: '100%' });
	const enveloped = () => ({ code: 'success', message: '', data: taskThen(finished) });
	const calls: Record<Scenario['callback'], Call[]> = {
		finished: [last],
		never: [],
		threeTimes: [last, last, last],
		idOnly: [{ at: finished, payload: () => ({ task_id: task.taskId }) }],
		envelope: [{ at: finished, payload: enveloped }],
		everyChange: [plain(submitted), plain(queued), plain(started), last],
		early: [{ at: halfWay, payload: early }, last],
	};
	return calls[task.scenario.callback];
}

/** Why the address is not called; undefined when it is. The simulator must not become a way out. */
function refusal(address: string): string | undefined {
	const target = URL.canParse(address) ? new URL(address) : undefined;
	if (!target || !/^https?:$/.test(target.protocol)) return 'not an http(s) URL';
	return LOOPBACK.test(target.hostname) ? undefined : 'not a loopback address';
}

async function call(world: World, signal: AbortSignal, record: CallbackRecord): Promise<void> {
	record.error = refusal(record.url);
	world.books.callbacks.push(record);
	if (record.error !== undefined) return;
	try {
		const response = await fetch(record.url, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(record.payload),
			redirect: 'manual',
			signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
		});
		record.status = response.status;
		await response.body?.cancel();
	} catch (error) {
		record.error = error instanceof Error ? error.message : String(error);
	}
}

async function callInTurn(world: World, task: TaskRecord, url: string): Promise<void> {
	const { signal } = world.run;
	for (const { at, payload } of callsOf(world, task)) {
		if (!(await world.clock.until(at, signal))) return;
		const { taskId } = task;
		await call(world, signal, { taskId, url, at: world.clock.now(), payload: payload() });
	}
}

/** Calls the task's notify_hook, if it has one, as its scenario says. */
export function announce(world: World, task: TaskRecord, hook: unknown): void {
	if (typeof hook === 'string' && hook !== '') void callInTurn(world, task, hook);
}
