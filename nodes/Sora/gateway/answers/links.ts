/** Where the finished video lies: the documented places first, then a bounded search by what fields are called. */
import { isRecord, type JsonRecord } from './json';
import { wordsOf } from './keys';
import { everyAt, type View } from './view';

export interface FoundLinks {
	/** In the gateway's order, each once. */
	urls: string[];
	/** Found by the search, at a place that no row names. */
	guessed: boolean;
	/** Nothing but the word for an address speaks for it: alone it makes no task finished. */
	weak: boolean;
}

/**
 * Places of the link in the task object, the first that holds one decides; a list gives all of its links. The same
 * places are then tried in what the task object lies in.
 */
export const LINK_PLACES = [
	'data.output',
	'data.outputs',
	'data.video_url',
	'video_url',
	'output',
	'output.video_url',
	'data.output.video_url',
	'output.url',
	'outputs',
	'data.videos',
	'data.data.output',
	'data.data.video_url',
	'data.url',
	'content.video_url',
	'task_result.videos',
	'data.task_result.videos',
	'result.video_url',
	'result.videos',
	'creations',
	'assets.video',
	'response.resultUrls',
	'resultJson.resultUrls',
	'result_url',
	'result',
	'videos',
	'video',
	'videoUrl',
	'url',
	'data',
] as const;

/** new-api puts the link of a finished task here, of all places; read only where the task has not failed. */
export const LINK_OF_SUCCESS = 'fail_reason';

/** Where a record beside others of its kind (`videos[0]`) has its link, the first decides. */
export const LINK_NAMES = [
	'video_url',
	'videoUrl',
	'url',
	'download_url',
	'uri',
	'src',
	'video',
] as const;

/** Lists of the whole, beside a place that shows one of them. */
const LISTS = [
	'data.outputs',
	'data.videos',
	'outputs',
	'output',
	'videos',
	'data.video_urls',
	'video_urls',
];

const VIDEO_ENDING = /\.(?:mp4|m4v|mov|webm|mkv|avi|gif|ts|flv|wmv|mpe?g|3gp|ogv)$/i;
/** Never the video, wherever they stand. */
const OTHER_ENDING =
	/\.(?:png|jpe?g|jfif|webp|bmp|svg|ico|heic|avif|tiff?|mp3|wav|m4a|aac|ogg|flac|json|txt|srt|vtt|ass|xml|csv|pdf|zip|glb)$/i;
const PLAYLIST_ENDING = /\.(?:m3u8|mpd)$/i;
const LONGEST_LINK = 16_384;

/** What a name's words must not hold, for a field and for all that lies in it. */
const OF_SOMETHING_ELSE =
	/^(?:cover|icons?|logo|banners?|badge|profile|inputs?|source|origin|originals?|orig|refs?|masks?|audios?|music|voices?|sounds?|bgm|captions?|parents?|templates?|hooks?|users?|author|owner|prompts?|params?|parameters?|requests?|logs?|character|cameo|pics?|imgs?|history|previous|errors?|models?|sprites?)$/;
const OF_SOMETHING_ELSE_STEM =
	/thumb|poster|preview|frame|image|picture|photo|avatar|webhook|callback|notif|subtitle|lyric|screenshot|snapshot|reference/;
/** What the name of the field itself must not hold: addresses to ask, to share, to cancel, to read about. */
const NOT_A_FILE =
	/^(?:status|state|poll|polling|get|cancel|delete|self|web|share|sharing|page|perma|permalink|home|homepage|website|site|console|dashboard|api|endpoint|query|fetch|response|details?|reason|base|draft|docs?|help|terms|policy|license|pricing|payment|invoice|upload|edit|editor|project|workflow)$/;
/** `image_to_video`, `img2video`: what was made of an image is a video. */
const MADE_INTO_VIDEO = /(?:images?|imgs?|text|txt|frames?)[ _-]*(?:to|2)[ _-]*video/gi;

const SPEAKS_OF_VIDEO = /video|movie|mp4|film|clip/;
const SPEAKS_OF_RESULT =
	/^(?:outputs?|results?|generated|generations?|creations?|works?|artifacts?|assets?|samples?|media|files?|downloads?|play|playback|contents?|final|deliver(?:y|ed|able)|renders?|rendered)$/;
const SAYS_LINK = /^(?:urls?|uris?|links?|src|href)$/;
/** An address of which the name says nothing more. */
const JUST_A_LINK =
	/^(?:urls?|uris?|links?|src|href|address|resources?|location|object|storage|path|remote|direct|public|signed|temp|hd|cdn|oss|s3)$/;
const SMALLER = /^(?:sd|low|small|compressed|lite|mobile|240p?|360p?|480p?|540p?)$/;
/** What a record beside others calls itself, where it is no video. */
const OTHER_KIND =
	/^(?:(?:image|audio|text|thumbnail|cover|subtitle|json)s?$|(?:image|audio|text)\/|application\/json)/i;

const withoutQuery = (url: string) => url.split(/[?#]/, 1)[0] ?? '';

/** Whether a field is about something else than the video, by its name. */
function isForeign(key: string): boolean {
	const words = wordsOf(key.replace(MADE_INTO_VIDEO, 'video'));
	return (
		words.some((word) => OF_SOMETHING_ELSE.test(word)) ||
		OF_SOMETHING_ELSE_STEM.test(words.join(''))
	);
}

const isNoFile = (key: string) => wordsOf(key).some((word) => NOT_A_FILE.test(word));

type Watermark = 'with' | 'without' | 'unsaid';

function watermarkOf(key: string): Watermark {
	const name = wordsOf(key).join(' ');
	if (!/water ?mark/.test(name)) return /\bclean\b/.test(name) ? 'without' : 'unsaid';
	return /\b(?:no|non|without|un|remove|removed|free)\b|\bunwater|\bnowater|watermarkfree/.test(
		name,
	)
		? 'without'
		: 'with';
}

export interface LinkContext {
	/** The gateway's base URL, against which relative links are resolved; without it they are none. */
	baseUrl?: string;
	/** The ID of the task: an address that ends with it is asked for the task, and is not the video. */
	taskId?: string;
}

/** What a field of this name may hold beside an absolute address. */
interface Expectation {
	/** A path of the gateway's own: one that begins with a slash, or any. */
	relative: 'none' | 'rooted' | 'any';
	/** The address of the task itself is expected here rather than its video. */
	mayBeTask: boolean;
}

const DOCUMENTED: Expectation = { relative: 'any', mayBeTask: false };

/** An address without its protocol: a host has a dot, and no folder has that in front of a file. */
const HOST_AND_PATH = /^(?:[a-z\d-]{1,63}\.){1,6}[a-z]{2,24}\/[^\s]+$/i;
const ROOTED = /^\/[^/]/;
const RELATIVE = /^(?:\.{1,2}\/|[\w.~%-]+\/[\w.~%:@/-]*(?:content|download|\.\w{2,4})(?:[?#]|$))/;

function absolute(
	value: string,
	{ baseUrl }: LinkContext,
	relative: Expectation['relative'],
): string | undefined {
	if (/^https?:\/\//i.test(value)) return value;
	const [, host = ''] = /^\/\/([^/\s]+)\//.exec(value) ?? [];
	if (host.includes('.')) {
		return `${baseUrl?.startsWith('http:') ? 'http' : 'https'}:${value}`;
	}
	if (relative === 'any' && HOST_AND_PATH.test(value)) return `https://${value}`;
	const isPath =
		(relative !== 'none' && ROOTED.test(value)) || (relative === 'any' && RELATIVE.test(value));
	return isPath && baseUrl !== undefined ? resolved(value, baseUrl) : undefined;
}

/** A gateway behind a path of its own may or may not know that path. */
function resolved(path: string, baseUrl: string): string | undefined {
	const base = new URL(`${baseUrl}/`);
	const knowsPrefix = path.startsWith('/') && path.startsWith(base.pathname);
	const target = path.startsWith('/') && !knowsPrefix ? `.${path}` : path;
	return URL.canParse(target, base.href) ? new URL(target, base).href : undefined;
}

/** The address under which the task itself is asked for, and not its video. */
function isAddressOfTask(url: string, { baseUrl, taskId }: LinkContext): boolean {
	if (!taskId || !URL.canParse(url)) return false;
	const { pathname, origin } = new URL(url);
	const last = pathname.split('/').pop() ?? '';
	if (last !== taskId && last !== encodeURIComponent(taskId)) return false;
	const isOwn = baseUrl !== undefined && new URL(baseUrl).origin === origin;
	return (
		isOwn ||
		/\/(?:generations|tasks?|predictions|jobs|status|requests|operations)\//i.test(pathname)
	);
}

/** Addresses in prose, in Markdown and in HTML end where those go on. */
const PROSE = /[\s<>，。、；：！？（）【】《》「」]/;
const IN_PROSE = /https?:\/\/[^\s"'<>()[\]{}\\，。、；：！？（）【】《》「」]+/gi;

/** A sentence goes on, or ends, behind an address. */
function withoutEnd(url: string): string {
	let end = url.length;
	while (end > 0 && '.,;:!?'.includes(url.charAt(end - 1))) end--;
	return url.slice(0, end);
}

/** More than any text is about. */
const MOST_IN_PROSE = 32;

/** The videos that a text names: only what has the ending of one is believed there. */
function linksInProse(text: string): string[] {
	const found: string[] = [];
	for (const [url] of text.matchAll(IN_PROSE)) {
		const link = withoutEnd(url).replaceAll('&amp;', '&');
		if (VIDEO_ENDING.test(withoutQuery(link))) found.push(link);
		if (found.length >= MOST_IN_PROSE) break;
	}
	return found;
}

/** The links that one string gives: itself as a rule. */
function linksOf(value: string, context: LinkContext, expected: Expectation): string[] {
	if (value.length > LONGEST_LINK + 2_048) return [];
	const text = value.trim();
	if (!/^https?:/i.test(text) || PROSE.test(text)) {
		const named = linksInProse(text);
		if (named.length) return named;
		if (PROSE.test(text) && !VIDEO_ENDING.test(withoutQuery(text))) return [];
	}
	const url = absolute(text, context, expected.relative);
	if (url === undefined || url.length > LONGEST_LINK || !URL.canParse(url)) return [];
	if (OTHER_ENDING.test(withoutQuery(url))) return [];
	return expected.mayBeTask && isAddressOfTask(url, context) ? [] : [url];
}

const isOfOtherKind = (record: JsonRecord) =>
	['type', 'kind', 'content_type', 'mime_type', 'mimeType'].some(
		(name) => typeof record[name] === 'string' && OTHER_KIND.test(record[name]),
	);

/** The links at a documented place: a string, a list, a record with a link of a known name. */
function linksAt(value: unknown, context: LinkContext, expected: Expectation): string[] {
	if (typeof value === 'string') return linksOf(value, context, expected);
	if (Array.isArray(value)) return value.flatMap((item) => linksAt(item, context, expected));
	if (!isRecord(value) || isOfOtherKind(value)) return [];
	for (const name of LINK_NAMES) {
		const found = linksAt(value[name], context, { ...expected, mayBeTask: name === 'url' });
		if (found.length) return found;
	}
	return [];
}

const isGeneric = (place: string) => /(?:^|\.)(?:url|data|result_url)$/.test(place);

function documentedLinks(holders: JsonRecord[], context: LinkContext, places: readonly string[]) {
	for (const place of places) {
		// A record at `data` is an envelope and has places of its own.
		const mayBeRecord = !/^(?:data|output|fail_reason)$/.test(place);
		for (const holder of holders) {
			const value = everyAt(holder, place);
			if (isRecord(value) && !mayBeRecord) continue;
			const urls = linksAt(value, context, { ...DOCUMENTED, mayBeTask: isGeneric(place) });
			if (urls.length) return { urls, holder };
		}
	}
	return undefined;
}

/** A list that holds the link shows what else there is. */
function completed(urls: string[], holder: JsonRecord, context: LinkContext): string[] {
	for (const place of LISTS) {
		const value = everyAt(holder, place);
		if (!Array.isArray(value)) continue;
		const listed = linksAt(value, context, DOCUMENTED);
		if (listed.includes(urls[0] ?? '')) return [...urls, ...listed];
	}
	return urls;
}

interface Candidate {
	url: string;
	/** The names on the way, list positions left out: the links of one list have the same. */
	place: string;
	rank: number;
}

/** From here on nothing but the word for an address speaks for it. */
const WEAK_FROM = 140;

/** Smaller is likelier. Not a link to the video where it is `undefined`. */
function rankOf(path: string[], url: string): number | undefined {
	const leaf = path.at(-1) ?? '';
	const words = wordsOf(leaf);
	const near = path.slice(-3).flatMap(wordsOf);
	const file = withoutQuery(url);
	const hasEnding = VIDEO_ENDING.test(file);
	const isOfVideo = near.some((word) => SPEAKS_OF_VIDEO.test(word));
	const isOfResult = near.some((word) => SPEAKS_OF_RESULT.test(word));
	// `url.main` is an address as `main_url` is.
	const saysLink = path
		.slice(-2)
		.flatMap(wordsOf)
		.some((word) => SAYS_LINK.test(word));
	const isTelling =
		words.some((word) => SPEAKS_OF_VIDEO.test(word)) ||
		((isOfVideo || isOfResult) && (saysLink || isOfItself(words.at(-1))));
	const isJustALink = words.length > 0 && words.every((word) => JUST_A_LINK.test(word));
	if (!hasEnding && !isTelling && !isJustALink) return undefined;
	const watermark = watermarkOf(leaf);
	return (
		(watermark === 'with' ? 10_000 : watermark === 'without' ? -5 : 0) +
		(PLAYLIST_ENDING.test(file) ? 1_000 : 0) +
		(hasEnding ? 0 : 100) +
		(isOfVideo ? 0 : isOfResult ? 20 : 40) +
		(words.some((word) => SMALLER.test(word)) ? 15 : 0) +
		(/\.gif$/i.test(file) ? 10 : 0) +
		path.length
	);
}

/** Fields that are called after the video or the result itself, `output` or `finalVideo` say. */
const isOfItself = (word = '') => SPEAKS_OF_VIDEO.test(word) || SPEAKS_OF_RESULT.test(word);

function relativeOf(leaf: string): Expectation['relative'] {
	const words = wordsOf(leaf);
	if (words.some((word) => SAYS_LINK.test(word))) return 'any';
	return words.some((word) => SPEAKS_OF_VIDEO.test(word)) ? 'rooted' : 'none';
}

function candidatesIn(record: JsonRecord, context: LinkContext): Candidate[] {
	const found: Candidate[] = [];
	const visit = (value: unknown, path: string[]): void => {
		if (Array.isArray(value)) {
			for (const item of value) visit(item, path);
		} else if (isRecord(value)) {
			if (path.length && isOfOtherKind(value)) return;
			for (const [key, inner] of Object.entries(value)) {
				if (!isForeign(key)) visit(inner, [...path, key]);
			}
		} else if (typeof value === 'string') {
			const leaf = path.at(-1) ?? '';
			if (isNoFile(leaf)) return;
			const expected: Expectation = { relative: relativeOf(leaf), mayBeTask: true };
			for (const url of linksOf(value, context, expected)) {
				const rank = rankOf(path, url);
				if (rank !== undefined) found.push({ url, place: numberless(path.join('.')), rank });
			}
		}
	};
	visit(record, []);
	return found;
}

/** `video_1` and `video_2` are one list; `480p` and `1080p` are not. */
const numberless = (place: string) => place.replace(/(\D|^)\d{1,2}(?![\dp])/g, '$1#');

/** The likeliest field, and the same field of the records beside it. */
function searchedLinks(record: JsonRecord, context: LinkContext): FoundLinks | undefined {
	const found = candidatesIn(record, context);
	const best = found.reduce<Candidate | undefined>(
		(first, candidate) => (first && first.rank <= candidate.rank ? first : candidate),
		undefined,
	);
	if (!best) return undefined;
	const urls = found.filter(({ place }) => place === best.place).map(({ url }) => url);
	return { urls: [...new Set(urls)], guessed: true, weak: best.rank % 1_000 >= WEAK_FROM };
}

/**
 * The links of the videos of a task.
 * @param task a record of the view
 * @param succeeded the task has not failed, so that its reason of failure may be its link
 */
export function linksOfTask(
	view: View,
	task: JsonRecord,
	context: LinkContext,
	succeeded: boolean,
): FoundLinks {
	const holders = [task, ...view.around(task)];
	const places = succeeded ? [...LINK_PLACES, LINK_OF_SUCCESS] : LINK_PLACES;
	const documented = documentedLinks(holders, context, places);
	if (documented) {
		const { urls, holder } = documented;
		return { urls: [...new Set(completed(urls, holder, context))], guessed: false, weak: false };
	}
	const outermost = holders.at(-1) ?? task;
	return (
		searchedLinks(task, context) ??
		searchedLinks(outermost, context) ?? { urls: [], guessed: false, weak: false }
	);
}
