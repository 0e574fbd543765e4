/**
 * Every possible failure as data: what happened in the user's terms, what to do next, and which words and statuses of
 * the gateway identify it. The gateway's own words are always shown verbatim.
 */
import type { Task } from './answers/task';
import { printable } from './printable';
import { refusalIn, type Refusal } from './refusals';

/** What a failure is about, and what follows from that. */
const KINDS = {
	/** What the user asked for, in its form. */
	request: { retryable: false },
	/** What the user asked for, in its content. */
	content: { retryable: false, endsWait: true },
	/** The key or its permissions. */
	account: {
		retryable: false,
		endsWait: true,
		cause: 'credential-invalid',
		then: 'Then retry the failed execution.',
	},
	/** The setup of the node or the credential. */
	settings: { retryable: false, cause: 'configuration-invalid' },
	/** The gateway, or the network on the way to it. */
	outage: { retryable: true, cause: 'temporarily-unavailable', then: 'Retry the execution later.' },
	/** A purchased task. */
	task: { retryable: true },
	/** A bug in this node. */
	node: { retryable: false, cause: 'node-defect' },
} as const;

export interface FailureRow {
	kind: keyof typeof KINDS;
	message: string;
	/** What to do about it. If a poll failed, the video is bought and there is nothing more to do. */
	fix: string;
	/** `fix`, and what to do afterwards. */
	advice: string;
	/** The same request may succeed later, unchanged. */
	retryable: boolean;
	/** n8n's name for the cause (read by n8n 2.38 and newer). */
	cause?: string;
	/** If the gateway keeps saying this of an accepted task, there is nothing left to wait for. */
	endsWait?: true;
	/** Matches the gateway's `code` or, if that says nothing, its message. */
	says?: Pick<RegExp, 'test'>;
	/** Gateways use these codes for all sorts of failures, so the message is more reliable. */
	codesAreVague?: true;
	/** HTTP statuses that mean this if neither the code nor the message matches. */
	statuses?: readonly number[];
}

/** Whatever is unset follows from the kind. */
type Row = Pick<FailureRow, 'kind' | 'message' | 'fix'> & Partial<FailureRow>;

/** Added for a task that failed after it was accepted: the node cannot see the bill. */
export const WAS_IT_CHARGED =
	"Your gateway's bill shows whether it was charged; most gateways refund failed tasks.";

const refused = (what: Refusal) => ({ test: (text: string) => refusalIn(text) === what });

/** The first matching row wins. */
const ROWS = {
	real_person: {
		kind: 'content',
		message: 'The gateway refused the picture or clip because it shows a real person',
		fix: 'Use a picture or clip without real people. Characters can be animals, objects or drawn figures, not people.',
		says: refused('real_person'),
	},
	character_not_usable: {
		kind: 'content',
		message: 'This API key cannot use a character that the prompt mentions',
		fix: 'Check the spelling of the mention. A character works only with the account that created it, unless its owner shares it.',
		says: /cameo[ _]permission/i,
	},
	source_task_unfinished: {
		kind: 'request',
		retryable: true,
		message: 'The video that the character should come from is not finished yet',
		fix: 'Create the character once that video is finished.',
		says: /任务还在进行中|task is still (?:running|in progress)/i,
	},
	source_task_expired: {
		kind: 'request',
		message: 'The gateway no longer has the task that the character should come from',
		fix: 'Old tasks expire. Set Source to "Video URL" and give the address of that video, or generate the video again.',
		says: /get_origin_task_failed/i,
	},
	task_not_found: {
		kind: 'task',
		retryable: false,
		endsWait: true,
		message: 'The gateway does not know this task',
		fix: 'Check the task ID, and that the credential is for the gateway and the account that created the task. Gateways also delete old tasks, together with their videos. Before you order the video again, check the task list or the bill at your gateway.',
		says: /(?:task|video|job|generation|prediction|operation)(?: with)?(?: id)?(?: \S+)?[_ ](?:was |could )?not[_ ](?:be )?(?:exist|found)|no such (?:task|video|job)|任务.{0,8}不存在|(?:找不到|未找到).{0,4}任务/i,
	},
	model_not_found: {
		kind: 'request',
		cause: 'configuration-invalid',
		message: 'The gateway does not currently offer this model',
		fix: 'Choose another model from the list, or ask your gateway which video models your API key can use. Gateways add and withdraw models.',
		says: /(?:model|deployment)_?not_?found|no[_ ]available[_ ]channel|无可用渠道|(?:unknown|unsupported|invalid|no such) (?:video )?model|valid model id|no endpoints found|model (?:is )?not supported|(?:model|deployment)s?[ /].{0,60}(?:not (?:found|available|exist)|deactivated)|模型.{0,20}(?:不存在|已下[线架]|不可用)|不支持(?:的|该|此)?模型/i,
	},
	quota_exhausted: {
		kind: 'account',
		cause: 'quota-exhausted',
		message: 'The balance or quota of this API key is used up',
		fix: 'Top up your account at the gateway, or raise the quota of the key.',
		says: /(?:insufficient|not[_ ](?:have )?enough|out of|exhausted)[_ ]?(?:\w+[_ ]){0,2}(?:quota|balance|credit|fund|token)|(?:quota|balance(?!r)|credit|(?<!re)fund)s?(?:.{0,20}\b)?(?:insufficient|not enough|too low|exhausted|used up)|pre_consume_token_quota_failed|billing_|(?:over|exceeded) ?budget|budget[ _](?:has been )?exceeded|key limit exceeded|arrear|account ?overdue|overdue balance|(?:额度|余额|积分|点数|次数).{0,4}(?:不足|不够|用尽|用完)|欠费/i,
		statuses: [402],
	},
	key_group: {
		kind: 'account',
		message: 'This API key is not allowed to use this model or function',
		fix: 'Ask your gateway to enable the model for the group of your key (creating characters often needs a group of its own).',
		says: /access_denied|group_(?:denied|not_allowed)|permission[_ ]denied|无权访问|该令牌无权|not (?:allowed|permitted) to (?:access|use)/i,
		statuses: [403],
	},
	credential_invalid: {
		kind: 'account',
		message: 'The gateway did not accept the API key',
		fix: 'Open the Sora API credential, check the API key and the base URL, and test it.',
		says: /(?:invalid|incorrect|missing)(?:[_ ]token|[_ ]?api[-_ ]?key)|token[_ ]?expired|api[-_ ]key (?:is |was )?(?:invalid|incorrect|missing|expired|not found)|unauthori[sz]ed|authentication[_ ](?:error|failed)|login fail|无效的令牌|未提供令牌|(?:令牌|密钥|api ?key|鉴权|认证).{0,6}(?:过期|失效|不存在|无效|失败|错误|禁用)/i,
		statuses: [401],
	},
	moderation: {
		kind: 'content',
		message: "The gateway's moderation refused the content",
		fix: 'Change the prompt, picture or clip: leave out protected characters and brands, celebrities, minors, nudity and violence. The same prompt or picture will be refused again. A filter that checks the finished video or its sound may decide differently next time, but that is a new purchase.',
		says: refused('moderation'),
	},
	rate_limited: {
		kind: 'outage',
		cause: 'rate-limited',
		message: 'The gateway is overloaded or receives too many requests',
		fix: 'Wait a few minutes. If it happens often, set "Max Concurrent Videos" or raise "Poll Interval" under Options.',
		says: /rate[_ ]?limit|request[_ ]?limit|too[_ ]many[_ ]requests|saturat|concurren(?:t|cy)|parallel task|reached API limit|queue is full|并发|任务数.{0,8}(?:上限|限制)|任务过多|队列已满|too many (?:running|active|pending) |(?:running|active|pending) (?:tasks?|jobs?|videos?|generations?)\b.{0,30}(?:limit|maximum|exceed)|负载已饱和|请求数限制|请求过于频繁/i,
		statuses: [429],
	},
	request_too_large: {
		kind: 'request',
		message: 'The request is too large for the gateway',
		fix: 'Use smaller images, or give them as URLs instead of files.',
		says: /_too_large|(?:entity|payload|body) too large/i,
		statuses: [413],
	},
	blocked: {
		kind: 'settings',
		message: 'A firewall or proxy in front of the gateway refused the request',
		fix: 'The page below does not come from the gateway itself, and says nothing about your API key. Ask your gateway to allow the address of your n8n server, and check the proxy that n8n uses.',
	},
	wrong_address: {
		kind: 'settings',
		message: 'The gateway does not know this address',
		fix: 'Check the base URL in the Sora API credential. It is the part of the address before "/v1" or "/v2". If other requests to this gateway work, ask whether it offers this one.',
		says: /Invalid URL \(/i,
		statuses: [404, 405, 501],
	},
	bad_request: {
		kind: 'request',
		message: 'The gateway did not accept the request',
		fix: 'Read the gateway\'s words below and change the parameter that they name. Also check "Extra Body".',
		codesAreVague: true,
		says: /cannot unmarshal|build_request_failed|invalid_request|invalid[_ ]?param|parameter error|(?:prompt|model|image|parameter)(?: field)? (?:is|are) required|bad_request|(?:参数|时长|尺寸|比例|图片|提示词)(?:(?!处理|生成|保存).){0,6}(?:错误|无效|有误|不合法|缺失|不支持|超过|过[大长])|缺少.{0,6}参数/i,
	},
	gateway_trouble: {
		kind: 'outage',
		message: 'The gateway, or the service behind it, had a problem',
		fix: 'If it keeps happening, ask your gateway.',
		codesAreVague: true,
		says: /do_request_failed|upstream|internal_(?:server_)?error|bad_response(?!_status)|bad gateway|gateway time-?out|请求上游地址失败/i,
	},
	redirected: {
		kind: 'settings',
		message:
			'The gateway redirects to another address, which the node does not follow, to keep your API key safe',
		fix: 'If you trust that address, enter it as the base URL of the credential.',
	},
	gateway_silent: {
		kind: 'outage',
		message: 'The gateway did not answer',
		fix: 'If it keeps happening, ask your gateway.',
	},
	unreachable: {
		kind: 'outage',
		message: 'The gateway could not be reached, so nothing was sent',
		fix: 'Check the base URL in the Sora API credential and the network of your n8n server.',
	},
	tls_failed: {
		kind: 'outage',
		message: 'A secure connection to the gateway was not possible, so nothing was sent',
		fix: "Check the base URL: does it begin with https, and is its certificate valid? If the certificate is the gateway's own, ask your gateway.",
	},
	submission_uncertain: {
		kind: 'request',
		message:
			'Submission uncertain: the request may have reached the gateway, but no answer confirms it',
		fix: 'Do not run it again yet: the video may have been bought. Check the task list or the bill at your gateway. If the task is there, fetch it with Video > Get and its task ID; if not, run the node again.',
	},
	answer_not_understood: {
		kind: 'settings',
		message: "This node does not understand the gateway's answer",
		fix: "Check the base URL in the credential. If it is right, report the excerpt below to the node's authors.",
	},
	credential_missing: {
		kind: 'settings',
		message: 'The Sora API credential of this node could not be opened',
		fix: 'Choose a Sora API credential in the node. For a task that was already bought, it must be for the same account; the task continues at the gateway. Then retry the execution.',
	},
	render_failed: {
		kind: 'task',
		message: 'The gateway reported that the video failed',
		fix: "If the gateway's reason names the prompt or an input, change it. Ordering the video again is a new purchase.",
	},
	end_unclear: {
		kind: 'task',
		retryable: false,
		message: 'The task ended without a video, and its status does not say whether it failed',
		fix: 'Check the task list or the bill at your gateway. The video may still appear: Video > Get looks for it with this task ID, free of charge. Ordering the video again is a new purchase.',
	},
	task_cancelled: {
		kind: 'task',
		message: 'The task was cancelled at the gateway',
		fix: 'Find out at your gateway who cancelled it. Ordering the video again is a new purchase.',
	},
	video_missing: {
		kind: 'task',
		message: 'The task is finished, but the gateway provides no video',
		fix: 'Nothing needs to be bought again yet: try Video > Get with this task ID in a few minutes. If there is still no video, ask your gateway; its bill shows whether it was charged.',
	},
	deadline_passed: {
		kind: 'task',
		cause: 'temporarily-unavailable',
		message: 'The video was not finished within the maximum wait',
		fix: 'Nothing needs to be bought again: the task is paid for and continues at the gateway. Fetch it with Video > Get and its task ID; "Max Wait" under Options sets how long the node waits.',
	},
	character_missing: {
		kind: 'task',
		message: 'The gateway accepted the character, but has not given it a name to mention yet',
		fix: 'Nothing needs to be created again: retry this execution in a few minutes, and the node asks for the same character. Or look up its name at your gateway.',
	},
	download_failed: {
		kind: 'task',
		message: 'The video is finished, but its file could not be downloaded',
		fix: 'Nothing needs to be bought again: run Video > Get with this task ID and Download Video turned on. Links expire, so do it soon.',
	},
	not_ordered: {
		kind: 'task',
		cause: 'rate-limited',
		message: 'The video was not ordered within Max Wait, because others were still being made',
		fix: 'Give the node fewer items, or raise "Max Wait" under Options. Then run it again for this item.',
	},
	cancelled: {
		kind: 'task',
		message: 'The execution was stopped',
		fix: 'A task that was already accepted continues at the gateway: fetch it with Video > Get and its task ID.',
	},
	unexpected: {
		kind: 'node',
		message: 'Something unexpected went wrong in this node',
		fix: "Please report this message to the node's authors.",
	},
	invalid_input: {
		kind: 'settings',
		message: 'Nothing was sent to the gateway',
		fix: 'Correct the parameter that the message names, then run the node again.',
	},
} satisfies Record<string, Row>;

export type FailureCategory = keyof typeof ROWS;

/** All failures by category. */
export const FAILURES = Object.fromEntries(
	Object.entries<Row>(ROWS).map(([category, row]) => {
		const { then, ...kind }: Partial<FailureRow> & { then?: string } = KINDS[row.kind];
		return [category, { ...kind, ...row, advice: then ? `${row.fix} ${then}` : row.fix }];
	}),
) as Readonly<Record<FailureCategory, FailureRow>>;

/** What to do after a failed poll. The video is bought, so this never says to order it again. */
export function adviceOnPoll(category: FailureCategory): string {
	const { kind, fix } = FAILURES[category];
	if (kind === 'task') return fix;
	if (kind === 'content') return `${fix} ${WAS_IT_CHARGED}`;
	const what =
		kind === 'request' ? 'Ask your gateway why it says this about a task that it accepted.' : fix;
	return `${what} Nothing needs to be bought again: Video > Get looks for the video with this task ID, free of charge.`;
}

export interface FailureFacts {
	/** `'free'`: it costs nothing; `'not-bought'`: paid, and certainly bought nothing. Neither implies the other. */
	repeatable?: 'free' | 'not-bought';
	/** A poll failed, which says nothing about other tasks. */
	ofPoll?: true;
	/** A retry within a minute would fail the same way: a wrong host name, certificate or link. */
	lasting?: boolean;
	/** The paid request certainly bought nothing: it was refused, or never sent. */
	nothingBought?: boolean;
	/** The paid request itself was answered with this failure, rather than a step before it. */
	ofOrder?: true;
	/** The gateway said it in JSON; it is not a proxy's page. */
	explicit?: boolean;
	/** The gateway's message, or an excerpt of an answer without one. */
	words?: string;
	/** Appended to the row's message: a file host's status, for example. */
	detail?: string;
	/** Replaces the row's advice. */
	advice?: string;
	httpStatus?: number;
	retryAfterMs?: number;
	taskId?: string;
	task?: Task;
	/** What was thrown, if it was not a `SoraFailure`. */
	origin?: unknown;
}

/** A failure in the user's terms. Never contains a key: it is made of masked answers and our own words. */
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

	/** Whether this, said repeatedly of an accepted task, ends the wait for it. */
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

	/** The same failure with additional facts. */
	about(facts: FailureFacts): SoraFailure {
		return new SoraFailure(this.category, { ...this.facts, ...facts });
	}

	/** One line: what happened, and to which task. */
	get headline(): string {
		const { detail } = this.facts;
		const what = detail ? `${this.row.message}: ${detail}` : this.row.message;
		return printable(this.taskId ? `${what} (task ${this.taskId})` : what);
	}
}

/** Unusable input, rejected before anything is sent. @param detail names the parameter as the panel does */
export const invalidInput = (detail: string, advice?: string): SoraFailure =>
	new SoraFailure('invalid_input', { detail, advice });

/** The message of anything thrown; `instanceof Error` fails across realms. */
export const messageOf = (thrown: unknown): string =>
	typeof thrown === 'object' && thrown !== null && 'message' in thrown
		? String(thrown.message)
		: String(thrown);
