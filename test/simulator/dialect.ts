/** A gateway's way of reporting a task. */
import { filled, type Template } from './templates';
import type { Stage } from './walk';

/** What a gateway knows about a task, before a dialect puts it into words. */
export interface Facts {
	taskId: string;
	model: string;
	stage: Stage;
	/** 0 to 100. */
	percent: number;
	/** Unix seconds, 0 when not reached. */
	submitted: number;
	started: number;
	finished: number;
	/** Empty until the videos are ready. */
	urls: string[];
	/** The gateway's own address, for links to itself. */
	gatewayUrl: string;
	/** Empty unless it failed. */
	reason: string;
}

export interface Dialect {
	/** The answer to the paid POST; by default `{"task_id":…}`. */
	accepted?: (facts: Facts) => unknown;
	/** The answer to a poll. */
	polled: (facts: Facts) => unknown;
}

/** A gateway's words for the phases of a task. */
export type Words = Record<'waiting' | 'running' | 'success' | 'failure', string | number>;

export const wordsOf = (
	waiting: Words['waiting'],
	running: Words['running'],
	success: Words['success'],
	failure: Words['failure'],
): Words => ({ waiting, running, success, failure });

/** A link that is not the ordered video. */
export const OTHER_LINK = 'https://files.example/input.mp4';
export const PICTURE = 'https://files.example/cover.png';

/** The facts by the names that templates use; missing ones are undefined. */
function named({ taskId, urls, gatewayUrl, stage, ...facts }: Facts, words: Words) {
	const [url] = urls;
	const isBegun = stage === 'running' || stage === 'success' || stage === 'failure';
	const reason = facts.reason || undefined;
	return {
		...facts,
		id: taskId,
		word: words[isBegun ? stage : 'waiting'],
		isOver: stage === 'success' || stage === 'failure',
		started: facts.started || undefined,
		finished: facts.finished || undefined,
		failedAt: reason && facts.finished,
		share: stage === 'running' && facts.percent > 0 ? facts.percent / 100 + 0.001 : undefined,
		reason,
		code: reason && 501,
		upsampled: url && 'completed',
		complaint: reason ?? (url && 'no memory left'),
		url,
		second: url && `${url}&video=2`,
		withoutScheme: url?.replace(/^https?:/, ''),
		path: url && `/v1/videos/${encodeURIComponent(taskId)}/content`,
		gateway: gatewayUrl,
		urlOrOther: reason ? undefined : (url ?? OTHER_LINK),
		urlOrReason: url ?? reason,
		cover: url && PICTURE,
	};
}

/** @param polled the answer to a poll; @param accepted to the paid POST */
export const dialect = (words: Words, polled: Template, accepted?: Template): Dialect => ({
	polled: (facts) => filled(polled, named(facts, words)),
	...(accepted !== undefined && { accepted: (facts) => filled(accepted, named(facts, words)) }),
});
