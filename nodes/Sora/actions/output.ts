/**
 * The items that the node returns. They use wire names, so that `{{ $json.task_id }}` matches the API; workflows rely
 * on them for years.
 */
import {
	acceptedTask,
	type Character,
	type JsonRecord,
	type Quota,
	type Task,
} from '../gateway/contract';
import type { SoraFailure } from '../gateway/failures';
import type { DownloadedVideo } from '../media/download';

/**
 * The gateway's own object without `error`: n8n takes an item with such a field for a failed one, whatever its value
 * (n8n 2.0: unless undefined), and Retry On Fail would run the node again.
 */
export function untouched({ error, ...rest }: JsonRecord): JsonRecord {
	const says = error !== undefined && error !== null && error !== '' && error !== false;
	return says ? { ...rest, gateway_error: error } : rest;
}

/** The links of a task, usually one. The note says if something that was ordered is missing. */
const videoFields = ({ videoUrl, videoUrls, note }: Task) => ({
	video_url: videoUrl,
	...(videoUrls.length > 1 && { video_urls: videoUrls }),
	...(note && { note }),
});

export function taskFields(task: Task, simplify: boolean): JsonRecord {
	if (!simplify) return { ...untouched(task.raw), task_id: task.id, ...videoFields(task) };
	return {
		task_id: task.id,
		status: task.status,
		progress: task.progress ?? (task.phase === 'succeeded' ? 100 : 0),
		...videoFields(task),
		...task.cost,
		...(task.phase === 'failed' && { fail_reason: task.failReason }),
		submitted_at: task.submittedAt,
		started_at: task.startedAt,
		finished_at: task.finishedAt,
	};
}

/** Facts read while the file was stored; unknown ones are left out. */
export function fileFields({ facts, note }: Pick<DownloadedVideo, 'facts' | 'note'>) {
	const { width, height, seconds } = facts;
	return {
		...(width && height && { width, height }),
		...(seconds && { duration_seconds: seconds }),
		...(note && { download_note: note }),
	};
}

/** A task that was not finished at the deadline; perhaps only its ID is known. */
export const timedOutFields = (taskId: string, seen: Task | undefined, simplify: boolean) => ({
	...taskFields(seen ?? { ...acceptedTask(taskId), status: 'UNKNOWN' }, simplify),
	timed_out: true,
});

const STILL_MADE = 'The gateway was still making it: give it a few minutes before you mention it';

export function characterItem(found: Character) {
	const { id, username, permalink, profilePictureUrl, taskId, phase } = found;
	return {
		id,
		username,
		mention: username && `@${username}`,
		permalink,
		profile_picture_url: profilePictureUrl,
		...(taskId && { task_id: taskId }),
		...(phase === 'running' && { note: STILL_MADE }),
	};
}

const NO_LIMIT =
	"This key has no limit of its own. The gateway's console shows what the account has left.";
const NOTHING_LEFT_TOLD =
	"The gateway reports what was used, but not what is left: check the gateway's console.";

export function quotaItem(found: Quota) {
	const { id, name, quota, used, remaining, unlimited, currency, unitsPerDollar } = found;
	const amounts = Object.entries({ quota: unlimited ? null : quota, used, remaining });
	// Rounded to the cent, since they are usually an estimate.
	const dollars = amounts.flatMap(([amount, units]) =>
		units === null || !unitsPerDollar
			? []
			: [[`${amount}_about_usd`, Math.round((units / unitsPerDollar) * 100) / 100]],
	);
	return {
		id,
		name,
		quota,
		used_quota: used,
		remaining,
		unlimited_quota: unlimited,
		...(currency && { currency }),
		...Object.fromEntries(dollars),
		...(unlimited && { note: NO_LIMIT }),
		...(!unlimited && quota === null && remaining === null && { note: NOTHING_LEFT_TOLD }),
	};
}

/** The fields of a failed item under Continue On Fail. */
export function failedItemFields(failure: SoraFailure) {
	const { headline, facts, taskId } = failure;
	const { task, words } = facts;
	return {
		error: words ? `${headline}. The gateway says: "${words}"` : headline,
		...(taskId && { task_id: taskId }),
		...(task && { status: task.status }),
		...(task?.failReason && { fail_reason: task.failReason }),
		...(task?.videoUrl && videoFields(task)),
		...whatToDo(failure),
	};
}

/** Fields for a workflow to act on, since the gateway's own words are usually Chinese. */
export const whatToDo = ({ category, row, advice, facts, taskId }: SoraFailure) => ({
	category,
	retryable: row.retryable,
	advice: facts.nothingBought && !taskId ? `Nothing was bought. ${advice}` : advice,
});
