import { videoModel, MODELS, type Model } from './models';
import type { Mentions } from './mentions';
import type { Random } from './random';
import type { Scenario } from './scenario';
import { isPortrait, type Body } from './validate';
import type { Walker } from './walk';

/** Which of the two valid keys: each sees only its own tasks. */
export type Account = 'first' | 'other';

/** A paid task. */
export interface Purchase {
	taskId: string;
	model: string;
	seconds: number;
	hd: boolean;
	/** As sent, directive included. */
	prompt: string;
	/** Gateway milliseconds. */
	at: number;
	/** As sent. */
	body: Body;
	account: Account;
}

export interface CreatedCharacter {
	id: string;
	username: string;
	permalink: string;
	profilePictureUrl: string;
	at: number;
	body: Body;
	account: Account;
}

export interface Upload {
	id: string;
	filename: string;
	contentType: string;
	bytes: number;
	url: string;
	at: number;
	account: Account;
}

/** A call to a task's notify_hook; the result is in `status` or `error`. */
export interface CallbackRecord {
	taskId: string;
	url: string;
	at: number;
	payload: unknown;
	status?: number;
	error?: string;
}

/** What the simulator knows about a task beyond what it reports. */
export interface TaskRecord extends Walker {
	account: Account;
	seconds: number;
	portrait: boolean;
	scenario: Scenario;
	/** The fields set by the prompt's directive: their fault counters are the task's own. */
	directive: ReadonlySet<string>;
	mentions: Mentions;
	/** GETs of this task so far, including those that hit a fault. */
	polls: number;
	purchase: Purchase;
}

/** Cost of a second of video, in units of the key's quota. */
export const UNITS_PER_SECOND = 5000;

/** Everything bought, created and stored, for tests to check. */
export class Books {
	readonly purchases: Purchase[] = [];
	readonly characters: CreatedCharacter[] = [];
	readonly uploads: Upload[] = [];
	readonly callbacks: CallbackRecord[] = [];
	private readonly tasks = new Map<string, TaskRecord>();
	private readonly files = new Map<string, { upload: Upload; content: Buffer }>();
	private readonly addedModels: Model[] = [];
	/** What each account has spent. */
	spent = { first: 0, other: 0 };

	constructor(private readonly random: Random) {}

	/** The only place where money is spent. */
	buy(
		order: Omit<Purchase, 'taskId'>,
		{ id, platform, action }: Model,
		more: Pick<TaskRecord, 'scenario' | 'directive' | 'mentions'>,
	): TaskRecord {
		const taskId = this.newTaskId(more.scenario.idStyle, id, order.at);
		const { at, account, seconds, body } = order;
		const purchase: Purchase = { taskId, ...order };
		const portrait = isPortrait(body);
		const task = { taskId, account, model: id, at, platform, action, seconds, portrait, ...more };
		const record: TaskRecord = { ...task, polls: 0, purchase };
		this.purchases.push(purchase);
		this.tasks.set(taskId, record);
		this.spent[account] += UNITS_PER_SECOND * seconds;
		return record;
	}

	task(taskId: string, account?: Account): TaskRecord | undefined {
		const task = this.tasks.get(taskId);
		return account === undefined || task?.account === account ? task : undefined;
	}

	allTasks(): TaskRecord[] {
		return [...this.tasks.values()];
	}

	create(body: Body, at: number, account: Account, picturesUrl: string): CreatedCharacter {
		const username = this.random.username();
		const id = `ch_${this.random.hex(32)}`;
		const permalink = `https://sora.chatgpt.com/profile/${username}`;
		const profilePictureUrl = `${picturesUrl}/pictures/${id}.png`;
		const character = { id, username, permalink, profilePictureUrl, at, body, account };
		this.characters.push(character);
		return character;
	}

	hasCharacter(username: string): boolean {
		return this.characters.some((character) => character.username === username);
	}

	store(file: Omit<Upload, 'id' | 'url' | 'bytes'>, content: Buffer, filesUrl: string): Upload {
		const id = `file-${this.random.hex(24)}`;
		const url = `${filesUrl}/uploads/${id}/${encodeURIComponent(file.filename)}`;
		const upload: Upload = { id, ...file, bytes: content.length, url };
		this.uploads.push(upload);
		this.files.set(id, { upload, content });
		return upload;
	}

	file(id: string): { upload: Upload; content: Buffer } | undefined {
		return this.files.get(id);
	}

	models(): readonly Model[] {
		return [...MODELS, ...this.addedModels];
	}

	addModels(ids: readonly string[]): void {
		this.addedModels.push(...ids.map(videoModel));
	}

	/** Clears everything. The arrays stay the same objects. */
	clear(): void {
		const { purchases, characters, uploads, callbacks, addedModels } = this;
		for (const list of [purchases, characters, uploads, callbacks, addedModels]) list.length = 0;
		this.tasks.clear();
		this.files.clear();
		this.spent = { first: 0, other: 0 };
	}

	private newTaskId(style: Scenario['idStyle'], model: string, at: number): string {
		if (style === 'video') return `video_${this.random.uuid()}`;
		if (style === 'model') return `${model}:task_${this.random.hex(26).toUpperCase()}`;
		if (style === 'gen-vid') return `gen-vid-${Math.floor(at / 1000)}-${this.random.hex(20)}`;
		return `task_${this.random.hex(32)}`;
	}
}
