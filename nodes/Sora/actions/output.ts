/**
 * The items that the node returns. Items repeat the wire's names, so that `{{ $json.task_id }}` is what the API takes; a
 * workflow relies on them for years.
 */
import {
	acceptedTask,
	type Character,
	type JsonRecord,
	type Quota,
	type Task,
	type UploadedFile,
} from '../gateway/contract';
import type { DownloadedVideo } from '../media/download';

/**
 * The gateway's own object, as far as n8n lets it pass: an item with a field `error` counts as a failed one, whatever
 * is in it (n8n 2.0: unless it is undefined), and Retry On Fail would run the node again.
 */
export function untouched(raw: JsonRecord): JsonRecord {
	const { error, ...rest } = raw;
	const says = error !== undefined && error !== null && error !== '' && error !== false;
	return says ? { ...rest, gateway_error: error } : rest;
}

/** The links of a task; most have one video. */
function videoFields({ videoUrl, videoUrls }: Task) {
	return { video_url: videoUrl, ...(videoUrls.length > 1 && { video_urls: videoUrls }) };
}

/** What is to be known of a video that is not all that was ordered. */
const noteOf = ({ note }: Task) => (note ? { note } : {});

export function simplifiedTask(task: Task) {
	return {
		task_id: task.id,
		status: task.status,
		progress: task.progress ?? (task.phase === 'succeeded' ? 100 : 0),
		...videoFields(task),
		...noteOf(task),
		...task.cost,
		...(task.phase === 'failed' && { fail_reason: task.failReason }),
		submitted_at: task.submittedAt,
		started_at: task.startedAt,
		finished_at: task.finishedAt,
	};
}

export function untouchedTask(task: Task) {
	return { ...untouched(task.raw), task_id: task.id, ...videoFields(task), ...noteOf(task) };
}

/** What was read of the file while it was stored; what is not known is left out. */
export function fileFields({ facts, note }: Pick<DownloadedVideo, 'facts' | 'note'>) {
	const { width, height, seconds } = facts;
	return {
		...(width && height && { width, height }),
		...(seconds && { duration_seconds: seconds }),
		...(note && { download_note: note }),
	};
}

/** A task that was not finished at the deadline; nothing but its ID may be known. */
export function timedOutFields(taskId: string, seen: Task | undefined, simplify: boolean) {
	const task = seen ?? { ...acceptedTask(taskId), status: 'UNKNOWN' };
	return { ...(simplify ? simplifiedTask(task) : untouchedTask(task)), timed_out: true };
}

export function uploadedItem({ raw, url }: UploadedFile) {
	return { ...untouched(raw), url };
}

/** Of a character. */
export const STILL_MADE =
	'The gateway was still making it: give it a few minutes before you mention it';

type CharacterNames = Pick<Character, 'id' | 'username' | 'permalink' | 'profilePictureUrl'> &
	Partial<Pick<Character, 'phase' | 'taskId'>>;

export function characterItem(found: CharacterNames) {
	const { taskId, phase } = found;
	return {
		id: found.id,
		username: found.username,
		mention: found.username && `@${found.username}`,
		permalink: found.permalink,
		profile_picture_url: found.profilePictureUrl,
		...(taskId && { task_id: taskId }),
		...(phase === 'running' && { note: STILL_MADE }),
	};
}

const NO_LIMIT =
	"This key has no limit of its own. What the account has left, the gateway's console tells.";
const NOTHING_LEFT_TOLD =
	"The gateway tells what was used, and not what is left: look into the gateway's console.";

/** To the cent: they are an estimate as a rule. */
function dollarFields({ quota, used, remaining, unlimited, unitsPerDollar }: Quota) {
	const amounts = { quota: unlimited ? null : quota, used, remaining };
	const known = Object.entries(amounts).filter(([, units]) => units !== null);
	if (!unitsPerDollar) return {};
	return Object.fromEntries(
		known.map(([name, units]) => [
			`${name}_about_usd`,
			Math.round((Number(units) / unitsPerDollar) * 100) / 100,
		]),
	);
}

export function quotaItem(found: Quota) {
	const { id, name, quota, used, remaining, unlimited, currency } = found;
	return {
		id,
		name,
		quota,
		used_quota: used,
		remaining,
		unlimited_quota: unlimited,
		...(currency && { currency }),
		...dollarFields(found),
		...(unlimited && { note: NO_LIMIT }),
		...(!unlimited && quota === null && remaining === null && { note: NOTHING_LEFT_TOLD }),
	};
}

/** The part of a failed item that the gateway's task gives. */
export function failedTaskFields(facts: { taskId?: string; task?: Task }) {
	return {
		...(facts.taskId && { task_id: facts.taskId }),
		...(facts.task && { status: facts.task.status }),
		...(facts.task?.failReason && { fail_reason: facts.task.failReason }),
		...(facts.task?.videoUrl && videoFields(facts.task)),
	};
}
