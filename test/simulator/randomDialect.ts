import { dialect, wordsOf, type Dialect } from './dialect';
import { seededRandom } from './random';

const split = (words: string) => words.split(' ');

const ENVELOPES = split('data result response payload body info item record taskInfo job reply');
const STATUS_NAMES = split(
	'status state task_status taskState jobStatus videoState render_status processState',
);
const WORDS = {
	waiting: 'queued NOT_STARTED Pending in_queue 排队中 waiting_for_gpu created task.submitted',
	running: 'running IN_PROGRESS Rendering 生成中 not_finished stage_2_done generating-video',
	success:
		'success SUCCEED Finished done 已完成 job.completed render-finished TASK_SUCCEEDED video_generated',
	failure:
		'failed FAILURE Expired timed_out 生成失败 job.aborted render-error TASK_REJECTED lost 已退款',
};
const CONTAINERS = split('media assets files clips results artifact render extra deliverables');
/** Names for the video or the result. */
const LINK_NAMES = split(
	'videoUrl resultVideoLink download_url video mp4 playUrl fileUri finalVideo video_src output_url clipHref resultFile video_download_link generatedVideo',
);
const REASON_NAMES = split(
	'failMsg error lastErrorMessage failure_details errorText rejectReason fail_reason',
);
const ID_NAMES = split(
	'task_id taskId jobId generation_id videoTaskId id renderJobId prediction_id',
);
/** Contains a video, but an unrelated one. */
const DISTRACTORS: Record<string, unknown> = {
	thumbnail_url: 'https://files.example/thumb.mp4',
	coverUrl: 'https://files.example/cover.mp4',
	lastFrame: 'https://files.example/frame.mp4',
	input: { video_url: 'https://files.example/input.mp4' },
	params: { $json: { image_urls: ['https://files.example/in.mp4'] } },
	webhook: { url: 'https://files.example/hook.mp4' },
	status_url: 'https://files.example/status',
	preview: { video: 'https://files.example/preview.mp4' },
	audio_url: 'https://files.example/a.mp3',
	prompt: 'like https://files.example/prompt.mp4',
	usage: { seconds: 10 },
	tags: ['a', 'b'],
	referenceVideo: 'https://files.example/reference.mp4',
};

/** A gateway that nobody has described: envelopes and names are random, but the same for the same seed. */
export function randomDialect(seed: number): Dialect {
	const random = seededRandom(seed);
	// The first numbers of neighbouring seeds are alike.
	for (let skipped = 0; skipped < 5; skipped++) random();
	const chance = (share: number) => random() < share;
	const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
	const upTo = (most: number) => Math.floor(random() * (most + 1));

	const layers = Array.from({ length: upTo(3) }, () => ({
		name: pick(ENVELOPES),
		form: pick(['object', 'object', 'list', 'text'] as const),
	}));
	const isListed = chance(0.1);
	const enveloped = (inner: object): unknown => {
		const answer = layers.reduce<unknown>((value, { name, form }) => {
			const held = form === 'list' ? [value] : form === 'text' ? { $json: value } : value;
			return { code: 0, msg: 'ok', [name]: held };
		}, inner);
		return isListed ? [answer] : answer;
	};

	const statusName = chance(0.12) ? undefined : pick(STATUS_NAMES);
	const [waiting, running, success, failure] = [
		pick(split(WORDS.waiting)),
		pick(split(WORDS.running)),
		pick(split(WORDS.success)),
		pick(split(WORDS.failure)),
	];
	const way = Array.from({ length: upTo(2) }, () => pick(CONTAINERS));
	const linkName = pick(LINK_NAMES);
	const link = { [linkName]: chance(0.3) ? ['{url}'] : '{url}' };
	const reasonName = pick(REASON_NAMES);
	const idName = pick(ID_NAMES);
	const repeatsId = chance(0.6);
	const progress = pick([
		{},
		{ progress: '{percent}' },
		{ progress: '{percent}%' },
		{ progress: '{share}' },
	]);
	const noise = Object.fromEntries(Object.entries(DISTRACTORS).filter(() => chance(0.25)));
	const isNoiseFirst = chance(0.5);

	return dialect(
		wordsOf(waiting, running, success, failure),
		enveloped({
			...(isNoiseFirst && noise),
			...(repeatsId && { [idName]: '{id}' }),
			...(statusName && { [statusName]: '{word}', ...progress }),
			...way.reduce<object>((inner, name) => ({ [name]: inner }), link),
			[reasonName]: '{reason}',
			finish_time: '{failedAt}',
			...(!isNoiseFirst && noise),
		}),
		enveloped({ [idName]: '{id}', ...(statusName && { [statusName]: waiting }) }),
	);
}
