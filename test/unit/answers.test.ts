import { readTask, type Task, type TaskPhase } from '../../nodes/Sora/gateway/contract';

const MP4 = 'https://files.example/v/clip.mp4?sig=abc';
const SECOND = 'https://files.example/v/second.mp4?sig=abc';
const PNG = 'https://files.example/v/cover.png';
const BASE = 'https://gateway.example';

const read = (answer: unknown, knownId = 'task_1', baseUrl: string | undefined = BASE): Task => {
	const task = readTask(answer, knownId, baseUrl);
	if (!task) throw new Error('no task was read');
	return task;
};

interface Expected {
	phase?: TaskPhase;
	urls?: string[];
	guessed?: boolean;
	reason?: string | RegExp;
	code?: string;
	status?: string;
	progress?: number;
}

function expectTask(task: Task, expected: Expected) {
	const { phase = 'succeeded', urls = phase === 'succeeded' ? [MP4] : [] } = expected;
	expect({ phase: task.phase, urls: task.videoUrls, first: task.videoUrl }).toEqual({
		phase,
		urls,
		first: urls[0] ?? null,
	});
	if (expected.guessed !== undefined) expect(task.linkWasGuessed).toBe(expected.guessed);
	if (expected.reason !== undefined)
		expect(task.failReason).toEqual(expect.stringMatching(expected.reason));
	if (expected.code !== undefined) expect(task.failCode).toBe(expected.code);
	if (expected.status !== undefined) expect(task.status).toBe(expected.status);
	if (expected.progress !== undefined) expect(task.progress).toBe(expected.progress);
}

/** Answers as public clients and documentation pages of these services show them, shortened. */
const SAMPLES: Array<[name: string, answer: unknown, expected: Expected]> = [
	[
		'new-api',
		{ task_id: 'task_1', status: 'SUCCESS', fail_reason: '', data: { output: MP4 } },
		{ guessed: false },
	],
	[
		'new-api with the link as its reason of failure',
		{
			code: 'success',
			message: '',
			data: { task_id: 'task_1', status: 'SUCCESS', fail_reason: MP4, progress: '100%', data: {} },
		},
		{ guessed: false },
	],
	[
		'new-api around Kling',
		{
			code: 'success',
			message: '',
			data: {
				task_id: 'task_1',
				action: 'generate',
				status: 'SUCCESS',
				fail_reason: 'https://files.example/other.mp4',
				submit_time: 1756693797,
				progress: '100%',
				data: {
					code: 0,
					message: 'SUCCEED',
					data: {
						task_id: '8',
						task_status: 'succeed',
						task_result: { videos: [{ id: '7', url: MP4, duration: '5' }] },
					},
				},
			},
		},
		{ urls: ['https://files.example/other.mp4'] },
	],
	[
		'new-api, its documented general form',
		{
			error: null,
			format: 'mp4',
			metadata: { duration: 5, fps: 30, height: 512, seed: 20231234, width: 512 },
			status: 'succeeded',
			task_id: 'task_1',
			url: MP4,
		},
		{ guessed: false },
	],
	[
		'new-api, its documented form with an error object that is always there',
		{
			task_id: 'task_1',
			status: 'queued',
			url: 'https://example.com/video.mp4',
			format: 'mp4',
			metadata: { duration: 5 },
			error: { code: 0, message: 'string' },
		},
		{ phase: 'running', urls: ['https://example.com/video.mp4'] },
	],
	[
		'DashScope',
		{
			request_id: 'c1',
			output: {
				task_id: 'task_1',
				task_status: 'SUCCEEDED',
				submit_time: '2025-09-01 10:29:57.123',
				scheduled_time: '2025-09-01 10:29:58.000',
				end_time: '2025-09-01 10:31:00.000',
				orig_prompt: 'a boat',
				video_url: MP4,
			},
			usage: { video_duration: 5, video_count: 1 },
		},
		{ guessed: false },
	],
	[
		'DashScope, running',
		{ request_id: 'c1', output: { task_id: 'task_1', task_status: 'RUNNING' } },
		{ phase: 'running' },
	],
	[
		'DashScope, refused',
		{
			request_id: 'c1',
			output: {
				task_id: 'task_1',
				task_status: 'FAILED',
				code: 'DataInspectionFailed',
				message: 'Output data may contain inappropriate content.',
			},
		},
		{ phase: 'failed', code: 'DataInspectionFailed', reason: /^DataInspectionFailed: Output data/ },
	],
	[
		'Kling',
		{
			code: 0,
			message: 'SUCCEED',
			request_id: 'r',
			data: {
				task_id: 'task_1',
				task_status: 'succeed',
				task_status_msg: '',
				task_info: { external_task_id: 'e' },
				created_at: 1722769557708,
				updated_at: 1722769557708,
				task_result: { videos: [{ id: 'v', url: MP4, duration: '5' }] },
			},
		},
		{ guessed: false, status: 'succeed' },
	],
	[
		'Kling, failed',
		{
			code: 0,
			message: 'SUCCEED',
			data: {
				task_id: 'task_1',
				task_status: 'failed',
				task_status_msg: 'Failure to pass the risk control system',
			},
		},
		{ phase: 'failed', reason: /risk control/ },
	],
	[
		'Vidu',
		{
			id: 'task_1',
			state: 'success',
			err_code: '',
			credits: 4,
			payload: '',
			creations: [{ id: 'c', url: MP4, cover_url: PNG, watermarked_url: SECOND }],
		},
		{ guessed: false },
	],
	[
		'MiniMax, a file ID only',
		{
			task_id: 'task_1',
			status: 'Success',
			file_id: '314',
			base_resp: { status_code: 0, status_msg: 'success' },
		},
		{ urls: [] },
	],
	[
		'MiniMax, preparing',
		{
			task_id: 'task_1',
			status: 'Preparing',
			file_id: '',
			base_resp: { status_code: 0, status_msg: 'success' },
		},
		{ phase: 'running' },
	],
	[
		'MiniMax, failed',
		{
			task_id: 'task_1',
			status: 'Fail',
			base_resp: { status_code: 1026, status_msg: 'input new_sensitive' },
		},
		{ phase: 'failed', reason: /sensitive/, code: '1026' },
	],
	['MiniMax v2', { task: { status: 'succeeded', content: { url: MP4 } } }, {}],
	[
		'Luma',
		{
			id: 'task_1',
			state: 'completed',
			failure_reason: null,
			created_at: '2024-12-01T10:00:00Z',
			assets: { image: PNG, video: MP4, progress_video: null },
			request: {
				prompt: 'x',
				keyframes: { frame0: { type: 'image', url: 'https://files.example/in.mp4' } },
			},
		},
		{ guessed: false },
	],
	[
		'Luma, dreaming',
		{ id: 'task_1', state: 'dreaming', failure_reason: null, assets: null },
		{ phase: 'running' },
	],
	[
		'Luma, failed',
		{ id: 'task_1', state: 'failed', failure_reason: 'Prompt not allowed because of moderation' },
		{ phase: 'failed', reason: /moderation/ },
	],
	[
		'Runway',
		{
			id: 'task_1',
			status: 'SUCCEEDED',
			createdAt: '2024-06-27T19:49:32.334Z',
			output: ['https://files.example/a?_jwt=x'],
		},
		{ urls: ['https://files.example/a?_jwt=x'] },
	],
	[
		'Runway, running',
		{ id: 'task_1', status: 'RUNNING', createdAt: '2024-06-27T19:49:32.334Z', progress: 0.37 },
		{ phase: 'running', progress: 37 },
	],
	['Runway, throttled', { id: 'task_1', status: 'THROTTLED' }, { phase: 'running' }],
	[
		'Runway, failed',
		{
			id: 'task_1',
			status: 'FAILED',
			failure: 'An unexpected error occurred.',
			failureCode: 'SAFETY.INPUT.TEXT',
		},
		{ phase: 'failed', code: 'SAFETY.INPUT.TEXT', reason: /^SAFETY.INPUT.TEXT: An unexp/ },
	],
	[
		'Replicate',
		{
			id: 'task_1',
			model: 'm',
			input: { prompt: 'x', image: 'https://files.example/in.mp4' },
			logs: 'https://files.example/log.mp4',
			output: MP4,
			error: null,
			status: 'succeeded',
			created_at: '2025-01-01T00:00:00Z',
			completed_at: '2025-01-01T00:01:00Z',
			urls: {
				get: 'https://api.example/v1/predictions/task_1',
				cancel: 'https://api.example/v1/predictions/task_1/cancel',
				web: 'https://r.example/p/task_1',
				stream: 'https://stream.example/task_1',
			},
		},
		{ guessed: false },
	],
	[
		'Replicate, starting',
		{
			id: 'task_1',
			status: 'starting',
			output: null,
			error: null,
			urls: { get: 'https://api.example/v1/predictions/task_1' },
		},
		{ phase: 'running' },
	],
	[
		'fal, its result',
		{ video: { url: MP4, content_type: 'video/mp4', file_name: 'out.mp4', file_size: 5 }, seed: 7 },
		{ guessed: false },
	],
	[
		'fal, its queue',
		{
			status: 'IN_QUEUE',
			request_id: 'task_1',
			response_url: 'https://queue.example/requests/task_1',
			status_url: 'https://queue.example/requests/task_1/status',
			cancel_url: 'https://queue.example/c',
			queue_position: 0,
			logs: null,
		},
		{ phase: 'running' },
	],
	[
		'fal, its queue when completed, through a gateway',
		{
			status: 'COMPLETED',
			request_id: 'task_1',
			response_url: 'https://queue.example/requests/task_1',
			status_url: 'https://queue.example/s',
			logs: [{ message: 'x' }],
			metrics: { inference_time: 0 },
			detail: null,
			result: { video: { url: 'https://files.example/abc', content_type: 'video/mp4' } },
		},
		{ urls: ['https://files.example/abc'] },
	],
	[
		'Volcengine Ark',
		{
			id: 'task_1',
			model: 'doubao-seedance',
			status: 'succeeded',
			content: { video_url: MP4, last_frame_url: PNG },
			usage: { completion_tokens: 5 },
			created_at: 1756693797,
			updated_at: 1756693898,
			seed: 4,
			resolution: '720p',
			ratio: '16:9',
		},
		{ guessed: false },
	],
	[
		'Volcengine Ark, failed',
		{
			id: 'task_1',
			status: 'failed',
			error: {
				code: 'OutputVideoSensitiveContentDetected',
				message: 'The request failed because the output video may contain sensitive information.',
			},
		},
		{
			phase: 'failed',
			code: 'OutputVideoSensitiveContentDetected',
			reason: /sensitive information/,
		},
	],
	[
		'Volcengine Ark, expired',
		{ id: 'task_1', status: 'expired', error: null },
		{ phase: 'failed' },
	],
	[
		'kie.ai, jobs',
		{
			code: 200,
			msg: 'success',
			data: {
				taskId: 'task_1',
				model: 'sora-2',
				state: 'success',
				param: '{"model":"sora-2","input":{"image_urls":["https://files.example/in.mp4"]}}',
				resultJson: `{"resultUrls":["${MP4}"],"resultWaterMarkUrls":["${SECOND}"]}`,
				failCode: null,
				failMsg: null,
				costTime: 100,
				completeTime: 1757584164490,
				createTime: 1757584064490,
			},
		},
		{ guessed: false },
	],
	[
		'kie.ai, jobs, waiting',
		{
			code: 200,
			msg: 'success',
			data: {
				taskId: 'task_1',
				state: 'waiting',
				param: '{"input":{"image_urls":["https://files.example/in.mp4"]}}',
				resultJson: '',
				failCode: null,
				failMsg: null,
			},
		},
		{ phase: 'running' },
	],
	[
		'kie.ai, jobs, failed',
		{
			code: 200,
			msg: 'success',
			data: {
				taskId: 'task_1',
				state: 'fail',
				failCode: '500',
				failMsg: 'Sensitive content detected',
			},
		},
		{ phase: 'failed', reason: /Sensitive content/, code: '500' },
	],
	[
		'kie.ai, Veo, with a number as its state',
		{
			code: 200,
			msg: 'success',
			data: {
				taskId: 'task_1',
				paramJson: '{"imageUrls":["https://files.example/in.mp4"]}',
				completeTime: '2025-06-06 10:30:00',
				response: {
					taskId: 'task_1',
					resultUrls: [MP4],
					originUrls: [SECOND],
					resolution: '1080p',
				},
				successFlag: 1,
				errorCode: null,
				errorMessage: '',
			},
		},
		{ guessed: false },
	],
	[
		'kie.ai, Veo, running',
		{
			code: 200,
			msg: 'success',
			data: {
				taskId: 'task_1',
				paramJson: '{}',
				completeTime: null,
				response: null,
				successFlag: 0,
				errorCode: null,
				errorMessage: null,
			},
		},
		{ phase: 'running' },
	],
	[
		'kie.ai, Veo, failed',
		{
			code: 200,
			msg: 'success',
			data: {
				taskId: 'task_1',
				completeTime: '2025-06-06 10:30:00',
				response: null,
				successFlag: 3,
				errorCode: 501,
				errorMessage: 'Your prompt was flagged',
			},
		},
		{ phase: 'failed', reason: /flagged/, code: '501' },
	],
	[
		'kie.ai, info',
		{ code: 200, data: { task_id: 'task_1', info: { resultUrls: `["${MP4}"]` } }, msg: 'ok' },
		{ guessed: true },
	],
	[
		'PiAPI',
		{
			code: 200,
			data: {
				task_id: 'task_1',
				model: 'kling',
				status: 'completed',
				config: { webhook_config: { endpoint: 'https://hook.example/x.mp4', secret: '' } },
				input: { image_url: PNG },
				output: { video_url: MP4, works: [{ video: { resource: SECOND } }] },
				meta: { created_at: '2024-01-01T00:00:00Z', ended_at: '0001-01-01T00:00:00Z' },
				logs: [],
				error: { code: 0, raw_message: '', message: '', detail: null },
			},
			message: 'success',
		},
		{ guessed: false },
	],
	[
		'PiAPI, works with and without watermark',
		{
			code: 200,
			data: {
				task_id: 'task_1',
				status: 'completed',
				output: {
					works: [
						{
							status: 99,
							cover: { resource: PNG },
							video: { resource: SECOND, resource_without_watermark: MP4, height: 1 },
						},
					],
				},
				error: { code: 0, message: '' },
			},
		},
		{ guessed: true },
	],
	[
		'PiAPI, failed',
		{
			code: 200,
			data: {
				task_id: 'task_1',
				status: 'failed',
				output: null,
				error: { code: 10000, raw_message: 'failed to do request', message: 'task failed' },
			},
		},
		{ phase: 'failed', reason: /task failed/, code: '10000' },
	],
	[
		'AI/ML API',
		{
			id: 'task_1',
			status: 'completed',
			video: { url: MP4, duration: 5 },
			meta: { usage: { tokens_used: 1 } },
		},
		{ guessed: false },
	],
	[
		'apimart',
		{
			code: 200,
			data: {
				id: 'task_1',
				status: 'completed',
				progress: 100,
				created: 1756693797,
				completed: 1756693898,
				actual_time: 101,
				estimated_time: 120,
				result: { videos: [{ url: [MP4], expires_at: 1756793898 }], thumbnail_url: PNG },
			},
		},
		{ guessed: false },
	],
	[
		'useapi',
		{
			taskId: 'task_1',
			taskType: 'gen4',
			status: 'SUCCEEDED',
			progressRatio: '1',
			estimatedTimeToStartSeconds: null,
			artifacts: [
				{
					id: 'a',
					url: MP4,
					filename: 'x.mp4',
					previewUrls: ['https://files.example/p.mp4'],
					metadata: { frameRate: 24 },
				},
			],
		},
		{ guessed: true, progress: 100 },
	],
	[
		'Pika',
		{
			videos: [
				{
					id: 'v',
					status: 'finished',
					progress: 100,
					resultUrl: MP4,
					sharingUrl: 'https://pika.example/s',
					videoPoster: PNG,
				},
			],
		},
		{},
	],
	[
		'two videos with a state each, one still running',
		{
			videos: [
				{ id: 'v', status: 'finished', resultUrl: MP4 },
				{ id: 'w', status: 'generating', resultUrl: '' },
			],
		},
		{ phase: 'running' },
	],
	[
		'two videos with a state each',
		{
			videos: [
				{ status: 'finished', resultUrl: MP4 },
				{ status: 'finished', resultUrl: SECOND },
			],
		},
		{ urls: [MP4, SECOND] },
	],
	[
		'Suno',
		{
			code: 'success',
			data: {
				task_id: 'task_1',
				status: 'SUCCESS',
				data: [
					{
						id: 'a',
						status: 'complete',
						video_url: MP4,
						audio_url: 'https://files.example/a.mp3',
						image_url: PNG,
					},
					{ id: 'b', status: 'complete', video_url: SECOND },
				],
			},
		},
		{ urls: [MP4, SECOND] },
	],
	[
		'Novita and PPIO, the video beside the task',
		{
			task: {
				task_id: 'task_1',
				task_type: 'X',
				status: 'TASK_STATUS_SUCCEED',
				reason: '',
				eta: 0,
				progress_percent: 100,
			},
			images: [],
			videos: [{ video_url: MP4, video_url_ttl: '3600', video_type: 'mp4' }],
		},
		{ guessed: false },
	],
	[
		'Novita, failed',
		{
			task: { task_id: 'task_1', status: 'TASK_STATUS_FAILED', reason: 'image url is unreachable' },
			images: [],
			videos: [],
		},
		{ phase: 'failed', reason: 'image url is unreachable' },
	],
	[
		'WaveSpeed',
		{
			code: 200,
			message: 'success',
			data: {
				id: 'task_1',
				model: 'm',
				outputs: [MP4],
				urls: { get: 'https://api.example/api/v3/predictions/task_1/result' },
				has_nsfw_contents: [false],
				status: 'completed',
				error: '',
				executionTime: 5,
			},
		},
		{ guessed: false },
	],
	[
		'WaveSpeed, created',
		{
			code: 200,
			message: 'success',
			data: {
				id: 'task_1',
				outputs: [],
				urls: { get: 'https://api.example/api/v3/predictions/task_1/result' },
				status: 'created',
				error: '',
			},
		},
		{ phase: 'running' },
	],
	[
		'Google, a long-running operation',
		{
			name: 'models/veo/operations/task_1',
			done: true,
			response: {
				generateVideoResponse: {
					generatedSamples: [
						{ video: { uri: 'https://files.example/v1beta/files/x:download?alt=media' } },
					],
				},
			},
		},
		{ urls: ['https://files.example/v1beta/files/x:download?alt=media'] },
	],
	[
		'Google, not done',
		{ name: 'models/veo/operations/task_1', done: false, metadata: {} },
		{ phase: 'running' },
	],
	[
		'Google, filtered',
		{
			name: 'models/veo/operations/task_1',
			done: true,
			response: {
				raiMediaFilteredCount: 1,
				raiMediaFilteredReasons: ['Veo could not generate 1 videos based on the prompt provided.'],
			},
		},
		{ phase: 'failed', reason: /could not generate/, code: 'raiMediaFilteredReasons' },
	],
	[
		'OpenAI, no link in the answer',
		{
			id: 'task_1',
			object: 'video',
			status: 'completed',
			progress: 100,
			created_at: 1,
			completed_at: 2,
			seconds: '4',
			error: null,
		},
		{ urls: [] },
	],
	[
		'OpenAI, failed',
		{
			id: 'task_1',
			object: 'video',
			status: 'failed',
			error: {
				code: 'moderation_blocked',
				message: 'Your request was blocked by our moderation system.',
			},
		},
		{ phase: 'failed', code: 'moderation_blocked' },
	],
	[
		'qnaigc, failed with everything filled in',
		{
			id: 'task_1',
			object: 'video.generation',
			status: 'failed',
			progress: 100,
			created_at: 1704123456,
			completed_at: 1704123556,
			task_result: { videos: [] },
			error: { code: 'generation_failed', message: '视频生成失败: 内容不符合规范' },
		},
		{ phase: 'failed', code: 'generation_failed', reason: /内容不符合规范/ },
	],
	[
		'a call with a status of its own around the task',
		{ status: 'success', data: { task_id: 'task_1', status: 'processing', progress: 30 } },
		{ phase: 'running', progress: 30 },
	],
	[
		'a call with a status of its own around the finished task',
		{ status: 'success', message: '', data: { status: 'completed', result: { video_url: MP4 } } },
		{ guessed: false },
	],
	[
		'a call with a status and the ID, ahead of the task',
		{ status: 'success', task_id: 'task_1', data: { status: 'processing' } },
		{ phase: 'running' },
	],
	[
		'Hailuo through a relay, its data as JSON in a string',
		{
			code: 0,
			data: {
				status: 'Success',
				resp_data: JSON.stringify({ file: { file_id: 5, download_url: MP4 } }),
			},
			message: 'ok',
		},
		{ guessed: true },
	],
	[
		'CapCut Mate',
		{
			draft_url: 'https://capcut.example/get_draft?draft_id=20250928',
			status: 'completed',
			progress: 100,
			video_url: MP4,
			error_message: '',
			created_at: '2024-09-24T10:30:00.000Z',
			started_at: '2024-09-24T10:30:05.000Z',
			completed_at: '2024-09-24T10:31:05.000Z',
		},
		{ guessed: false },
	],
	[
		'a chat completion with Markdown',
		{
			id: 'chatcmpl-1',
			object: 'chat.completion',
			choices: [
				{
					index: 0,
					message: { role: 'assistant', content: `生成完成 [在线观看](${MP4}) [⏬ 下载](${MP4})` },
					finish_reason: 'stop',
				},
			],
		},
		{ guessed: true },
	],
];

describe('the answer of', () => {
	it.each(SAMPLES)('%s is understood', (_, answer, expected) => {
		expectTask(read(answer), expected);
	});
});
