/**
 * Everything that can go wrong, as data: what recognises it, what it means in the user's terms, what to do
 * next, and whether trying again can help. The gateway's own words always follow verbatim.
 */
import type { Task } from './contract';
import { printable } from './printable';
import { refusalIn, type Refusal } from './refusals';

/** n8n's own vocabulary for why an operation failed (hosts from 2.38 on read it). */
export type FailureCause =
	| 'rate-limited'
	| 'quota-exhausted'
	| 'temporarily-unavailable'
	| 'credential-invalid'
	| 'configuration-invalid'
	| 'node-defect';

/** What a text is tried on: a pattern, or a recogniser that goes by more than one. */
interface Recogniser {
	test(text: string): boolean;
}

export interface FailureRow {
	/** What happened, in plain English. */
	message: string;
	/** What to do next. It may be read when other items are bought already: a retried execution buys nothing twice. */
	advice: string;
	/** What to do where a poll failed of it, if that is more than `adviceOnPoll` makes of the advice. */
	adviceOnPoll?: string;
	/** Whether the same request may succeed later, unchanged. */
	retryable: boolean;
	cause?: FailureCause;
	/** Says nothing of what was asked for, and may be over with the next request. */
	passing?: true;
	/** Said of an accepted task again and again, it ends the wait: there is nothing that could still be waited for. */
	endsWait?: true;
	/** A task may fail of it; prose about anything else is a failed render. */
	ofTasks?: true;
	/** Words in the gateway's `code` that mean this. */
	codes?: Recogniser;
	/** Gateways put these codes on all sorts of trouble, so that their text knows better. */
	codesAreVague?: true;
	/** Words in the gateway's message that mean this, where the code says nothing. */
	words?: Recogniser;
	/** HTTP statuses that mean this, where neither says anything. */
	statuses?: readonly number[];
}

const NOTHING_SENT = 'Nothing was sent to the gateway.';

/** Said of a task that failed after it was accepted: the node cannot see what was billed. */
export const WAS_IT_CHARGED =
	"Your gateway's bill tells whether it was charged; as a rule such gateways pay back what failed.";

const thenFetchIt = (advice: string) =>
	`${advice} Nothing needs to be bought again for it: Video > Get looks for the video with this task ID, free of charge.`;
const ASK_WHY = thenFetchIt('Ask your gateway why it says this of a task that it has accepted.');
const CHECK_TASK_ID =
	'Check the task ID, and that the credential belongs to the account and the gateway that created the task.';

const refused = (what: Refusal): Recogniser => ({ test: (text) => refusalIn(text) === what });

/** Order matters within a column: the first row that recognises a complaint names it. */
const FAILURE_ROWS = {
	real_person: {
		message: 'The gateway refused the picture or clip because it shows a real person',
		advice:
			'Use a picture or clip without real people. Characters can be animals, objects or drawn figures, not people.',
		retryable: false,
		endsWait: true,
		ofTasks: true,
		codes: refused('real_person'),
		words: refused('real_person'),
	},
	character_not_usable: {
		message: 'A character mentioned in the prompt cannot be used with this API key',
		advice:
			'Check the spelling of the mention. A character works only with the account that created it, or if its owner shares it.',
		retryable: false,
		endsWait: true,
		ofTasks: true,
		codes: /cameo_permission_denied/i,
		words: /cameo_permission_denied|cameo permission/i,
	},
	source_task_unfinished: {
		message: 'The task that the character should come from has not finished yet',
		advice:
			'Turn on "Wait for Source Task" under Options, or create the character after the video is finished.',
		adviceOnPoll: ASK_WHY,
		retryable: true,
		words: /任务还在进行中|task is still (?:running|in progress)/i,
	},
	source_task_expired: {
		message: 'The gateway can no longer read the task that the character should come from',
		advice:
			'Tasks expire. Set Source to "Video URL" and give the video of that task, or generate the video again.',
		adviceOnPoll: ASK_WHY,
		retryable: false,
		codes: /get_origin_task_failed/i,
		words: /get_origin_task_failed/i,
	},
	task_not_found: {
		message: 'The gateway does not know this task',
		advice: CHECK_TASK_ID,
		adviceOnPoll: `${CHECK_TASK_ID} Before you order the video again, look into the task list or the bill at your gateway.`,
		retryable: false,
		endsWait: true,
		codes: /task_not_exist|task_not_found/i,
		words: /task_not_exist|task not (?:exist|found)|任务不存在/i,
	},
	model_not_found: {
		message: 'The gateway does not offer this model at the moment',
		advice:
			'Choose another model from the list, or ask your gateway which video models your API key may use. Gateways add and withdraw models.',
		adviceOnPoll: ASK_WHY,
		retryable: false,
		cause: 'configuration-invalid',
		codes: /model_not_found|no_available_channel/i,
		words:
			/model_not_found|无可用渠道|no available channel|model .{0,60}(?:not found|does not exist)/i,
	},
	quota_exhausted: {
		message: 'The balance or the quota of this API key is used up',
		advice:
			'Top up the account at your gateway or raise the quota of the key, then retry the failed execution.',
		adviceOnPoll: thenFetchIt('Top up the account at your gateway or raise the quota of the key.'),
		retryable: false,
		endsWait: true,
		cause: 'quota-exhausted',
		codes:
			/insufficient_(?:user_)?quota|pre_consume_token_quota_failed|insufficient_balance|billing/i,
		words:
			/insufficient_user_quota|pre_consume_token_quota_failed|额度不足|额度已用尽|余额不足|insufficient (?:quota|balance)/i,
		statuses: [402],
	},
	key_group: {
		message: 'This API key is not allowed to use this model or function',
		advice:
			'Ask your gateway to allow the model for the group of your key (character creation is often a group of its own), or use another key.',
		adviceOnPoll: ASK_WHY,
		retryable: false,
		endsWait: true,
		cause: 'credential-invalid',
		codes: /access_denied|group_(?:denied|not_allowed)|permission_denied/i,
		words: /无权访问|该令牌无权|not (?:allowed|permitted) to (?:access|use)|permission denied/i,
		statuses: [403],
	},
	credential_invalid: {
		message: 'The gateway did not accept the API key',
		advice:
			'Open the Sora API credential, check the API key and the base URL, and test the credential.',
		retryable: false,
		endsWait: true,
		cause: 'credential-invalid',
		codes: /invalid_api_key|invalid_token|unauthori[sz]ed|authentication_error/i,
		words:
			/无效的令牌|未提供令牌|令牌.{0,6}(?:过期|失效|不存在)|invalid (?:token|api key)|unauthori[sz]ed/i,
		statuses: [401],
	},
	moderation: {
		message: 'The content was refused by moderation',
		advice:
			'Change the prompt, picture or clip: leave out protected characters and brands, celebrities, minors, nudity and violence. Sending the same again is refused again.',
		retryable: false,
		endsWait: true,
		ofTasks: true,
		codes: refused('moderation'),
		words: refused('moderation'),
	},
	rate_limited: {
		message: 'The gateway is overloaded or receives too many requests',
		advice:
			'Retry the execution later. If it happens often, lower "Max Concurrent Submissions" or raise "Poll Interval" under Options.',
		adviceOnPoll: thenFetchIt(
			'Give the gateway some minutes. If it happens often, raise "Poll Interval" under Options.',
		),
		retryable: true,
		passing: true,
		cause: 'rate-limited',
		codes: /rate_?limit|too_many_requests|saturat/i,
		words: /负载已饱和|请求数限制|请求过于频繁|too many requests|rate limit|saturated/i,
		statuses: [429],
	},
	request_too_large: {
		message: 'The request is too large for the gateway',
		advice: 'Use smaller images, or give them as URLs instead of files.',
		adviceOnPoll: ASK_WHY,
		retryable: false,
		codes: /too_large/i,
		words: /entity too large|payload too large|body too large/i,
		statuses: [413],
	},
	wrong_address: {
		message: 'The gateway does not know this address',
		advice:
			'Check the base URL in the Sora API credential. It is the address in front of "/v1" and "/v2", without either of them.',
		retryable: false,
		cause: 'configuration-invalid',
		words: /Invalid URL \(/i,
		statuses: [404, 405],
	},
	bad_request: {
		message: 'The gateway did not accept the request',
		advice:
			'Read the gateway\'s words below and change the parameter they name. Also check "Extra Body".',
		adviceOnPoll: ASK_WHY,
		retryable: false,
		codes: /invalid_request|invalid_parameter|bad_request/i,
		codesAreVague: true,
		words: /cannot unmarshal|invalid_request|invalid parameter|参数错误/i,
		statuses: [400, 422],
	},
	gateway_trouble: {
		message: 'The gateway or the service behind it has trouble',
		advice: 'Retry the execution later. If it goes on, ask your gateway.',
		adviceOnPoll: thenFetchIt('If it goes on, ask your gateway.'),
		retryable: true,
		passing: true,
		cause: 'temporarily-unavailable',
		codes: /do_request_failed|fail_to_fetch_task|upstream|internal_(?:server_)?error|bad_response/i,
		codesAreVague: true,
		words: /do_request_failed|请求上游地址失败|upstream|bad gateway|gateway time-?out/i,
		statuses: [500, 502, 503, 504, 520, 521, 522, 523, 524, 529],
	},
	redirected: {
		message:
			'The gateway answered with a redirect, which is not followed so that your API key stays with the gateway',
		advice: 'Enter the address it redirects to as the base URL of the credential, if you trust it.',
		retryable: false,
		cause: 'configuration-invalid',
		statuses: [300, 301, 302, 303, 307, 308],
	},
	gateway_silent: {
		message: 'The gateway did not answer',
		advice: 'Retry the execution later. If it goes on, ask your gateway.',
		adviceOnPoll: thenFetchIt('If it goes on, ask your gateway.'),
		retryable: true,
		passing: true,
		cause: 'temporarily-unavailable',
	},
	unreachable: {
		message: 'The gateway could not be reached, so nothing was sent',
		advice:
			'Check the base URL in the Sora API credential and the network of your n8n server, then retry the execution.',
		adviceOnPoll: thenFetchIt(
			'Check the base URL in the Sora API credential and the network of your n8n server.',
		),
		retryable: true,
		passing: true,
		cause: 'temporarily-unavailable',
	},
	tls_failed: {
		message: 'No secure connection to the gateway could be made, so nothing was sent',
		advice:
			"Check the base URL: is it https, and is its certificate valid? Ask your gateway if the certificate is the gateway's.",
		retryable: true,
		passing: true,
		cause: 'temporarily-unavailable',
	},
	submission_uncertain: {
		message:
			'Submission uncertain: the request may have reached the gateway, but no task ID came back',
		advice:
			'Do not run it again yet: the video may have been bought. Look into the task list or the bill at your gateway. If the task is there, fetch it with Video > Get and its task ID; if it is not, run the node again.',
		retryable: false,
	},
	answer_not_understood: {
		message: 'The gateway gave an answer that this node does not understand',
		advice:
			"Check the base URL in the credential. If it is right, report the excerpt below to the node's authors.",
		retryable: false,
		passing: true,
	},
	render_failed: {
		message: 'The gateway reported that the video failed',
		advice:
			"Change the prompt or the inputs if the gateway's reason names them. Ordering the video again is a new purchase.",
		retryable: true,
	},
	task_cancelled: {
		message: 'The task was cancelled at the gateway',
		advice:
			'Find out at your gateway who cancelled it. Ordering the video again is a new purchase.',
		retryable: true,
	},
	video_missing: {
		message: 'The task is finished, but the gateway gives no video for it',
		advice:
			'Nothing needs to be bought again yet: try Video > Get with this task ID in a few minutes. If there is still no video, ask your gateway, whose bill tells whether it was charged.',
		retryable: true,
	},
	deadline_passed: {
		message: 'The video was not finished within the maximum wait',
		advice:
			'Nothing needs to be bought again: the task goes on at the gateway and stays paid. Fetch it with Video > Get and its task ID; "Max Wait" under Options sets how long the node waits.',
		retryable: true,
		cause: 'temporarily-unavailable',
	},
	download_failed: {
		message: 'The video is finished, but its file could not be downloaded',
		advice:
			'Nothing needs to be bought again: run Video > Get with this task ID and Download Video turned on. Links expire, so do it soon.',
		retryable: true,
	},
	cancelled: {
		message: 'The execution was stopped',
		advice:
			'A task that was already accepted goes on at the gateway: fetch it with Video > Get and its task ID.',
		retryable: true,
	},
	unexpected: {
		message: 'The node failed in a way it was not made for',
		advice: "Report the message to the node's authors.",
		retryable: false,
		cause: 'node-defect',
	},
	invalid_input: {
		message: 'Nothing was sent to the gateway',
		advice: `Correct the parameter that the message names, then run the node again. ${NOTHING_SENT}`,
		retryable: false,
		cause: 'configuration-invalid',
	},
} satisfies Record<string, FailureRow>;

export type FailureCategory = keyof typeof FAILURE_ROWS;

/** Everything that can go wrong, by its category. */
export const FAILURES: Readonly<Record<FailureCategory, FailureRow>> = FAILURE_ROWS;

/**
 * What to do where a poll failed: whatever is wrong with it, the video is bought, and nobody is told to order it again.
 */
export function adviceOnPoll(category: FailureCategory): string {
	const { advice, adviceOnPoll: onPoll, ofTasks } = FAILURES[category];
	return onPoll ?? (ofTasks ? `${advice} ${WAS_IT_CHARGED}` : thenFetchIt(advice));
}

/**
 * What may be done again of itself after a failure: `'free'`, a request that costs nothing; `'not-bought'`, a paid one
 * that certainly bought nothing. Neither ever stands for the other.
 */
export type Repeatable = 'free' | 'not-bought';

export interface FailureFacts {
	/** Unset where another attempt would fare no better, or might cost money. */
	repeatable?: Repeatable;
	/** It befell a poll, and says nothing of any other task. */
	ofPoll?: true;
	/** Another attempt within a minute would end the same way: a wrong host name, certificate or link. */
	lasting?: boolean;
	/** The paid request certainly bought nothing: it was refused, or never sent. */
	nothingBought?: boolean;
	/** The gateway said it itself, in JSON: not a page of what stands in between. */
	explicit?: boolean;
	/** The gateway's own words, or an excerpt of an answer that is no message. */
	words?: string;
	/** What this case adds to the row's message, a file host's status say. */
	detail?: string;
	/** Replaces the row's advice where the case knows better. */
	advice?: string;
	httpStatus?: number;
	retryAfterMs?: number;
	taskId?: string;
	task?: Task;
	/** What was thrown, where it was not ours. */
	origin?: unknown;
}

/** A failure in the user's terms. Never holds a key: it is made of answers and of our own words. */
export class SoraFailure extends Error {
	constructor(
		readonly category: FailureCategory,
		readonly facts: FailureFacts = {},
	) {
		super(FAILURES[category].message);
		this.name = 'SoraFailure';
	}

	get row(): FailureRow {
		return FAILURES[this.category];
	}

	/** Whether this, said of an accepted task again and again, ends the wait for it. */
	get endsWait(): boolean {
		const isDenied = this.facts.httpStatus === 401 || this.facts.httpStatus === 403;
		return this.facts.explicit === true && (isDenied || this.row.endsWait === true);
	}

	get advice(): string {
		return this.facts.advice ?? this.row.advice;
	}

	get taskId(): string | undefined {
		return this.facts.taskId ?? this.facts.task?.id;
	}

	/** The same failure, with what is known besides. */
	about(facts: FailureFacts): SoraFailure {
		return new SoraFailure(this.category, { ...this.facts, ...facts });
	}

	/** One line: what happened, and which task it happened to. */
	get headline(): string {
		const { detail } = this.facts;
		const what = detail ? `${this.row.message}: ${detail}` : this.row.message;
		return printable(this.taskId ? `${what} (task ${this.taskId})` : what);
	}
}

/**
 * Input that cannot be used, told before anything is sent.
 * @param detail names the parameter as the panel does
 * @param advice replaces the row's; that nothing was sent is said either way
 */
export function invalidInput(detail: string, advice?: string): SoraFailure {
	const isSaid = advice === undefined || /\bnothing was sent\b/i.test(advice);
	return new SoraFailure('invalid_input', {
		detail,
		advice: isSaid ? advice : `${advice} ${NOTHING_SENT}`,
	});
}

/** Of anything that may be thrown; errors of other realms are no `Error` here. */
export const messageOf = (thrown: unknown): string =>
	typeof thrown === 'object' && thrown !== null && 'message' in thrown
		? String(thrown.message)
		: String(thrown);
