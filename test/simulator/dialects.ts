/**
 * How other gateways of this family say the same: where the ID stands in the answer to the purchase, which words tell
 * the state of a task, where its video and the reason of its failure stand. `random:7` is a dialect that no row names.
 */
import { randomDialect, wordOf } from './randomDialect';
import type { Dialect, Facts, Words } from './randomDialect';

const isOver = ({ stage }: Facts) => stage === 'success' || stage === 'failure';

/** A dialect's words in the order of a task's life: it waits, it runs, it has succeeded or failed. */
const words = (waiting: string, running: string, success: string, failure: string): Words => ({
	waiting,
	running,
	success,
	failure,
});

const STANDARD = words('QUEUED', 'IN_PROGRESS', 'SUCCESS', 'FAILURE');

const iso = (seconds: number) => (seconds ? new Date(seconds * 1000).toISOString() : null);

/** The documented object with other words in another field. */
const withWords = (said: Words, name = 'status'): Dialect => ({
	says: `${Object.values(said).join(', ')} in ${name}`,
	told: (facts) => ({
		task_id: facts.taskId,
		[name]: wordOf(facts, said),
		fail_reason: facts.reason,
		progress: `${facts.percent}%`,
		data: facts.urls.length ? { output: facts.urls[0] } : null,
	}),
});

/** The documented object with its link elsewhere. */
const withLink = (says: string, place: (urls: string[], facts: Facts) => object): Dialect => ({
	says,
	told: (facts) => ({
		code: 'success',
		message: '',
		data: {
			task_id: facts.taskId,
			status: wordOf(facts, STANDARD),
			fail_reason: facts.reason,
			submit_time: facts.submitted,
			finish_time: facts.finished,
			progress: `${facts.percent}%`,
			...(facts.urls.length ? place(facts.urls, facts) : { data: null }),
		},
	}),
});

/** The documented object, with the ID elsewhere in the answer to the purchase. */
const withId = (says: string, accepted: (facts: Facts) => unknown): Dialect => ({
	...withWords(STANDARD),
	says,
	accepted,
});

const PICTURE = 'https://files.example/cover.png';
const INPUT = 'https://files.example/input.mp4';

const rows = {
	succeed: withWords(words('submitted', 'processing', 'succeed', 'fail')),
	finished: withWords(words('pending', 'running', 'finished', 'expired')),
	done: withWords(words('waiting', 'rendering', 'done', 'timeout')),
	chinese: withWords(words('排队中', '生成中', '成功', '失败')),
	prefixed: withWords(
		words(
			'TASK_STATUS_QUEUED',
			'TASK_STATUS_PROCESSING',
			'TASK_STATUS_SUCCEED',
			'TASK_STATUS_FAILED',
		),
	),
	strange: withWords(words('not_finished', 'half-way', 'RENDER_FINISHED_OK', 'job-aborted')),
	taskStatus: withWords(STANDARD, 'task_status'),
	state: withWords(STANDARD, 'state'),
	noStatus: {
		says: 'no status at all: a link, or an error and a finish time',
		told: ({ taskId, urls, reason, finished }: Facts) => ({
			task_id: taskId,
			...(urls.length && { video_url: urls[0] }),
			...(reason && { error: reason, finish_time: finished }),
		}),
	},
	unknownWord: {
		says: 'words that nobody knows: a link at 100 %, an error with a finish time',
		told: (facts: Facts) => ({
			task_id: facts.taskId,
			status: isOver(facts) ? 'SETTLED' : 'WARM',
			progress: facts.percent,
			video_url: facts.urls[0] ?? '',
			...(facts.reason && { error_message: facts.reason, finish_time: facts.finished }),
		}),
	},
	previews: {
		says: 'links to previews from the beginning',
		told: (facts: Facts) => ({
			task_id: facts.taskId,
			status: wordOf(facts, STANDARD),
			fail_reason: facts.reason,
			progress: facts.percent,
			video_url: facts.urls[0] ?? INPUT,
			cover_url: PICTURE,
			last_frame_url: PICTURE,
		}),
	},
	dataUrl: withLink('data.url', ([url]) => ({ data: { url } })),
	dataVideos: withLink('data.videos[0].url', ([url]) => ({
		data: { videos: [{ url, cover: PICTURE }] },
	})),
	dataDataOutput: withLink('data.data.output', ([output]) => ({ data: { data: { output } } })),
	resultUrl: withLink('result_url', ([url]) => ({ result_url: url })),
	dataText: withLink('data as JSON in a string', ([output]) => ({
		data: JSON.stringify({ output }),
	})),
	dataLink: withLink('data as the link itself', ([url]) => ({ data: url })),
	failReasonLink: withLink('the link in fail_reason', ([url]) => ({ fail_reason: url, data: {} })),
	unnamed: withLink('payload.media.resultVideoLink', ([resultVideoLink]) => ({
		payload: { media: { resultVideoLink, thumbnail: PICTURE }, input: { video: INPUT } },
	})),
	prose: withLink('a sentence', ([url]) => ({ text: `Video: ${url} (expires in 24 h)` })),
	markdown: withLink('Markdown', ([url]) => ({ content: `生成完成 [下载](${url})` })),
	severalVideos: withLink('two videos', (urls) => ({ data: { outputs: twice(urls) } })),
	severalRecords: withLink('two videos in objects', (urls) => ({
		data: { videos: twice(urls).map((url) => ({ url, cover_url: PICTURE })) },
	})),
	watermark: withLink('with a watermark and without', ([url]) => ({
		data: {
			works: [{ video: { resource: `${url}&watermark=1`, resource_without_watermark: url } }],
		},
	})),
	protocolRelative: withLink('a link without its protocol', ([url = '']) => ({
		data: { output: url.replace(/^https?:/, '') },
	})),
	ownContent: withLink('a link to the gateway itself, which wants the key', (_, facts) => ({
		data: { output: `${facts.gatewayUrl}${contentPath(facts)}` },
	})),
	relativeContent: withLink('a path of the gateway itself', (_, facts) => ({
		video_url: contentPath(facts),
	})),
	dataBareId: withId('data is the ID', ({ taskId }) => ({
		code: 'success',
		message: '',
		data: taskId,
	})),
	taskId: withId('taskId', ({ taskId }) => ({ taskId })),
	dataTaskId: withId('data.taskId', ({ taskId }) => ({
		code: 200,
		msg: 'success',
		data: { taskId },
	})),
	generationId: withId('generation_id', ({ taskId }) => ({ generation_id: taskId })),
	listId: withId('a list of one', ({ taskId }) => ({
		code: 200,
		data: [{ status: 'submitted', task_id: taskId }],
	})),
	unnamedId: withId('order.renderJobId', ({ taskId }) => ({
		ok: true,
		order: { renderJobId: taskId },
	})),
	dashScope: {
		says: 'DashScope',
		accepted: ({ taskId }: Facts) => ({
			request_id: 'r-1',
			output: { task_id: taskId, task_status: 'PENDING' },
		}),
		told: (facts: Facts) => ({
			request_id: 'r-2',
			output: {
				task_id: facts.taskId,
				task_status: wordOf(facts, words('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED')),
				submit_time: iso(facts.submitted)?.replace('T', ' ').replace('Z', ''),
				...(facts.urls.length && { video_url: facts.urls[0] }),
				...(facts.reason && { code: 'InternalError.Algo', message: facts.reason }),
			},
		}),
	},
	kling: {
		says: 'Kling',
		accepted: ({ taskId }: Facts) => ({
			code: 0,
			message: 'SUCCEED',
			request_id: 'r',
			data: { task_id: taskId, task_status: 'submitted' },
		}),
		told: (facts: Facts) => ({
			code: 0,
			message: 'SUCCEED',
			request_id: 'r',
			data: {
				task_id: facts.taskId,
				task_status: wordOf(facts, words('submitted', 'processing', 'succeed', 'failed')),
				task_status_msg: facts.reason,
				created_at: facts.submitted * 1000,
				...(facts.urls.length && {
					task_result: { videos: facts.urls.map((url) => ({ id: 'v', url, duration: '5' })) },
				}),
			},
		}),
	},
	vidu: {
		says: 'Vidu',
		accepted: ({ taskId }: Facts) => ({ task_id: taskId, state: 'created', credits: 4 }),
		told: (facts: Facts) => ({
			id: facts.taskId,
			state: wordOf(facts, words('queueing', 'processing', 'success', 'failed')),
			err_code: facts.reason,
			creations: facts.urls.map((url) => ({
				id: 'c',
				url,
				cover_url: PICTURE,
				watermarked_url: `${url}&w=1`,
			})),
		}),
	},
	runway: {
		says: 'Runway',
		accepted: ({ taskId }: Facts) => ({ id: taskId }),
		told: (facts: Facts) => ({
			id: facts.taskId,
			createdAt: iso(facts.submitted),
			status: wordOf(facts, words('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED')),
			...(facts.stage === 'running' && { progress: facts.percent / 100 }),
			...(facts.urls.length && { output: facts.urls }),
			...(facts.reason && { failure: facts.reason, failureCode: 'INTERNAL.BAD_OUTPUT.CODE01' }),
		}),
	},
	replicate: {
		says: 'Replicate',
		accepted: ({ taskId }: Facts) => ({
			id: taskId,
			status: 'starting',
			urls: { get: `https://api.example/v1/predictions/${taskId}` },
		}),
		told: (facts: Facts) => ({
			id: facts.taskId,
			input: { prompt: 'x', video: INPUT },
			status: wordOf(facts, words('starting', 'processing', 'succeeded', 'failed')),
			output: facts.urls.length ? facts.urls : null,
			error: facts.reason || null,
			logs: `see ${INPUT}`,
			urls: { get: `https://api.example/v1/predictions/${facts.taskId}`, web: 'https://r.example' },
			completed_at: iso(facts.finished),
		}),
	},
	ark: {
		says: 'Volcengine Ark',
		accepted: ({ taskId }: Facts) => ({ id: taskId }),
		told: (facts: Facts) => ({
			id: facts.taskId,
			model: facts.model,
			status: wordOf(facts, words('queued', 'running', 'succeeded', 'failed')),
			...(facts.urls.length && { content: { video_url: facts.urls[0], last_frame_url: PICTURE } }),
			error: facts.reason ? { code: 'InternalServiceError', message: facts.reason } : null,
			created_at: facts.submitted,
			updated_at: facts.finished || facts.started,
		}),
	},
	kie: {
		says: 'kie.ai, with its result as JSON in a string',
		accepted: ({ taskId }: Facts) => ({ code: 200, msg: 'success', data: { taskId } }),
		told: (facts: Facts) => ({
			code: 200,
			msg: 'success',
			data: {
				taskId: facts.taskId,
				state: wordOf(facts, words('waiting', 'generating', 'success', 'fail')),
				param: JSON.stringify({ input: { image_urls: [INPUT] } }),
				resultJson: facts.urls.length
					? JSON.stringify({
							resultUrls: facts.urls,
							resultWaterMarkUrls: [`${facts.urls[0]}&w=1`],
						})
					: '',
				failCode: facts.reason && '500',
				failMsg: facts.reason,
			},
		}),
	},
	kieVeo: {
		says: 'kie.ai, with a number as its state',
		accepted: ({ taskId }: Facts) => ({ code: 200, msg: 'success', data: { taskId } }),
		told: (facts: Facts) => ({
			code: 200,
			msg: 'success',
			data: {
				taskId: facts.taskId,
				paramJson: JSON.stringify({ imageUrls: [INPUT] }),
				completeTime: iso(facts.finished),
				response: facts.urls.length
					? { taskId: facts.taskId, resultUrls: facts.urls, originUrls: [INPUT] }
					: null,
				successFlag: facts.reason ? 3 : facts.urls.length ? 1 : 0,
				errorCode: facts.reason ? 501 : null,
				errorMessage: facts.reason,
			},
		}),
	},
	piApi: {
		says: 'PiAPI',
		accepted: ({ taskId }: Facts) => ({
			code: 200,
			data: { task_id: taskId, status: 'pending', error: { code: 0, message: '' } },
			message: 'success',
		}),
		told: (facts: Facts) => ({
			code: 200,
			message: 'success',
			data: {
				task_id: facts.taskId,
				status: wordOf(facts, words('pending', 'processing', 'completed', 'failed')),
				config: { webhook_config: { endpoint: INPUT } },
				input: { video_url: INPUT },
				output: { video_url: facts.urls[0] ?? '' },
				error: { code: facts.reason ? 10000 : 0, raw_message: '', message: facts.reason },
			},
		}),
	},
	google: {
		says: 'a long-running operation of Google',
		accepted: ({ taskId }: Facts) => ({ id: taskId, name: `models/veo/operations/${taskId}` }),
		told: (facts: Facts) => ({
			name: `models/veo/operations/${facts.taskId}`,
			done: isOver(facts) && (facts.urls.length > 0 || facts.reason !== ''),
			...(facts.urls.length && {
				response: {
					generateVideoResponse: {
						generatedSamples: facts.urls.map((uri) => ({ video: { uri } })),
					},
				},
			}),
			...(facts.reason && { error: { code: 13, message: facts.reason } }),
		}),
	},
	novita: {
		says: 'Novita, with the video beside the task',
		accepted: ({ taskId }: Facts) => ({ task_id: taskId }),
		told: (facts: Facts) => ({
			task: {
				task_id: facts.taskId,
				status: wordOf(
					facts,
					words(
						'TASK_STATUS_QUEUED',
						'TASK_STATUS_PROCESSING',
						'TASK_STATUS_SUCCEED',
						'TASK_STATUS_FAILED',
					),
				),
				reason: facts.reason,
				progress_percent: facts.percent,
			},
			images: [],
			videos: facts.urls.map((url) => ({ video_url: url, video_url_ttl: '3600' })),
		}),
	},
	apimart: {
		says: 'apimart',
		accepted: ({ taskId }: Facts) => ({
			code: 200,
			data: [{ status: 'submitted', task_id: taskId }],
		}),
		told: (facts: Facts) => ({
			code: 200,
			data: {
				id: facts.taskId,
				status: wordOf(facts, words('submitted', 'processing', 'completed', 'failed')),
				progress: facts.percent,
				created: facts.submitted,
				completed: facts.finished,
				...(facts.urls.length && {
					result: {
						videos: [{ url: facts.urls, expires_at: facts.finished }],
						thumbnail_url: PICTURE,
					},
				}),
				...(facts.reason && { error: { code: 'x_failed', message: facts.reason } }),
			},
		}),
	},
	refunded: withWords(words('queued', 'running', 'success', 'refunded')),
	oddEnd: {
		says: 'ends that are no known words, with a finish time',
		told: (facts: Facts) => ({
			task_id: facts.taskId,
			status: wordOf(facts, words('WARM', 'HOT', 'SETTLED', 'ZAPPED')),
			end_time: facts.finished,
			message: facts.reason,
			...(facts.urls.length && { video_url: facts.urls[0] }),
		}),
	},
	filtered: {
		says: 'finished without a video, and beside it why',
		told: (facts: Facts) => ({
			task_id: facts.taskId,
			status: isOver(facts) ? 'completed' : 'processing',
			response: facts.reason
				? { raiMediaFilteredCount: 1, raiMediaFilteredReasons: [facts.reason] }
				: { generatedSamples: facts.urls.map((uri) => ({ video: { uri } })) },
		}),
	},
	upscaled: {
		says: 'a small video first, then the one that was ordered',
		told: (facts: Facts) => ({
			id: facts.taskId,
			status: wordOf(
				facts,
				words(
					'pending',
					facts.percent < 30 ? 'video_generating' : 'video_generation_completed',
					'completed',
					'video_generation_failed',
				),
			),
			...(facts.percent >= 30 && !facts.reason && { video_url: INPUT }),
			upsample_status: facts.urls.length ? 'completed' : 'pending',
			...(facts.urls.length && { video_url: facts.urls[0] }),
			...(facts.reason && { error: facts.reason }),
		}),
	},
	upscaleFailed: {
		says: 'the video without the upscaling that was ordered',
		told: (facts: Facts) => ({
			id: facts.taskId,
			status: wordOf(
				facts,
				words('pending', 'video_upsampling', 'video_upsampling_failed', 'video_generation_failed'),
			),
			error: facts.reason || (facts.urls.length ? 'no memory left' : null),
			...(facts.urls.length && { video_url: facts.urls[0] }),
		}),
	},
	listOfOne: {
		...withWords(STANDARD),
		says: 'the task alone in a list',
		accepted: ({ taskId }: Facts) => [{ task_id: taskId, status: 'queued' }],
		told: (facts: Facts) => [withWords(STANDARD).told(facts)],
	},
	withCost: {
		says: 'what it cost',
		told: (facts: Facts) => ({
			id: facts.taskId,
			status: wordOf(facts, STANDARD),
			fail_reason: facts.reason,
			unsigned_urls: facts.urls,
			usage: { cost: 0.4, is_byok: false },
			quota: 200_000,
		}),
	},
	jsend: {
		says: 'a call with a status of its own around the task',
		accepted: ({ taskId }: Facts) => ({
			status: 'success',
			data: { task_id: taskId, status: 'queued' },
		}),
		told: (facts: Facts) => ({
			status: 'success',
			message: '',
			data: {
				task_id: facts.taskId,
				status: wordOf(facts, words('queued', 'processing', 'completed', 'failed')),
				progress: facts.percent,
				video: facts.urls.length ? { url: facts.urls[0] } : null,
				reason: facts.reason,
			},
		}),
	},
} satisfies Record<string, Dialect>;

const contentPath = ({ taskId }: Facts) => `/v1/videos/${encodeURIComponent(taskId)}/content`;

/** A second video lies at the same address, distinguished by its query. */
function twice([url = '']: string[]): string[] {
	return [url, `${url}&video=2`];
}

/** Every dialect by its name. */
export const DIALECTS: Readonly<Record<keyof typeof rows, Dialect>> = rows;

export type DialectName = keyof typeof rows;

export const DIALECT_NAMES = Object.keys(rows) as DialectName[];

/** @param name a row's, or `random:SEED` */
export function dialectOf(name: string): Dialect | undefined {
	const [, seed] = /^random:(\d{1,9})$/.exec(name) ?? [];
	if (seed !== undefined) return randomDialect(Number(seed));
	return name in rows ? DIALECTS[name as DialectName] : undefined;
}
