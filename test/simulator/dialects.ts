/** The dialects of other gateways, as templates. `random:7` is a dialect that no row describes. */
import { dialect, OTHER_LINK, PICTURE, wordsOf, type Dialect } from './dialect';
import { randomDialect } from './randomDialect';
import type { Template } from './templates';

const STANDARD = wordsOf('QUEUED', 'IN_PROGRESS', 'SUCCESS', 'FAILURE');

const TASK = {
	task_id: '{id}',
	status: '{word}',
	fail_reason: '{reason|}',
	submit_time: '{submitted}',
	start_time: '{started|0}',
	finish_time: '{finished|0}',
	progress: '{percent}%',
};
/** The documented object with its link elsewhere. */
const withLink = (place: object) =>
	dialect(STANDARD, { code: 'success', message: '', data: { ...TASK, ...place } });
/** The documented object, with the ID elsewhere in the answer to the purchase. */
const withId = (accepted: Template) =>
	dialect(STANDARD, { ...TASK, data: { output: '{url}' } }, accepted);

const rows = {
	refunded: dialect(wordsOf('queued', 'running', 'success', 'refunded'), {
		...TASK,
		data: { output: '{url}' },
	}),
	noStatus: dialect(STANDARD, {
		task_id: '{id}',
		video_url: '{url}',
		error: '{reason}',
		finish_time: '{finished}',
	}),
	unknownWord: dialect(wordsOf('WARM', 'WARM', 'SETTLED', 'SETTLED'), {
		task_id: '{id}',
		status: '{word}',
		progress: '{percent}',
		video_url: '{url|}',
		error_message: '{reason}',
		end_time: '{finished}',
	}),
	previews: dialect(STANDARD, {
		...TASK,
		video_url: '{urlOrOther}',
		cover_url: PICTURE,
		last_frame_url: PICTURE,
	}),
	enveloped: withLink({
		platform: 'openai',
		action: 'sora-video',
		data: { outputs: ['{url}'] },
	}),
	failReasonLink: withLink({ fail_reason: '{urlOrReason|}', data: {} }),
	unnamed: withLink({
		payload: {
			media: { resultVideoLink: '{url}', thumbnail: '{cover}' },
			input: { video: OTHER_LINK },
		},
	}),
	severalVideos: withLink({ data: { outputs: ['{url}', '{second}'] } }),
	protocolRelative: withLink({ data: { output: '{withoutScheme}' } }),
	ownContent: withLink({ data: { output: '{gateway}{path}' } }),
	relativeContent: withLink({ video_url: '{path}' }),
	dataBareId: withId({ code: 'success', message: '', data: '{id}' }),
	dataTaskId: withId({ code: 200, msg: 'success', data: { taskId: '{id}' } }),
	dashScope: dialect(
		wordsOf('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED'),
		{
			request_id: 'r-2',
			output: {
				task_id: '{id}',
				task_status: '{word}',
				video_url: '{url}',
				code: '{code}',
				message: '{reason}',
			},
		},
		{ request_id: 'r-1', output: { task_id: '{id}', task_status: 'PENDING' } },
	),
	google: dialect(
		STANDARD,
		{
			name: 'models/veo/operations/{id}',
			done: '{isOver}',
			response: { generateVideoResponse: { generatedSamples: [{ video: { uri: '{url}' } }] } },
			error: { code: '{code}', message: '{reason}' },
		},
		{ id: '{id}', name: 'models/veo/operations/{id}' },
	),
	upscaled: dialect(
		wordsOf('pending', 'video_generation_completed', 'completed', 'video_generation_failed'),
		{
			id: '{id}',
			status: '{word}',
			video_url: '{urlOrOther}',
			upsample_status: '{upsampled|pending}',
			error: '{reason}',
		},
	),
	upscaleFailed: dialect(
		wordsOf('pending', 'upsampling', 'video_upsampling_failed', 'video_generation_failed'),
		{ id: '{id}', status: '{word}', error: '{complaint}', video_url: '{url}' },
	),
} satisfies Record<string, Dialect>;

/** All dialects by name. */
export const DIALECTS: Readonly<Record<keyof typeof rows, Dialect>> = rows;

export type DialectName = keyof typeof rows;

export const DIALECT_NAMES = Object.keys(rows) as DialectName[];

/** @param name a row's, or `random:SEED` */
export function dialectOf(name = ''): Dialect | undefined {
	const [, seed] = /^random:(\d{1,9})$/.exec(name) ?? [];
	if (seed !== undefined) return randomDialect(Number(seed));
	return name in rows ? DIALECTS[name as DialectName] : undefined;
}
