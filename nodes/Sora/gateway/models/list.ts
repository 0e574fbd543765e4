import { offers, type FieldName, type ModelRow } from './row';
import { ROWS } from './rows';
import { orientationOf } from './spelling';
import { either } from './judge';
import { videosRow } from './videosRows';

/** Names that video models carry, so that a gateway's chat and image models stay out of the list. */
const VIDEO_FAMILIES =
	/(^|[^a-z])(sora|veo|wanx?|seedance|kling|hailuo|viduq?|luma|ray|runway|gen-?[34]a?|pika|pixverse|(hunyuan|cog)?-?videox?|mochi|ltxv?|jimeng)(?![a-z])/i;
const NOT_VIDEO = /(image|vision|t2i|embedding|tts|audio|whisper)/i;

export function looksLikeVideoModel(id: string): boolean {
	return VIDEO_FAMILIES.test(id) && !NOT_VIDEO.test(id);
}

/** Video models that the same gateways serve on routes of their own: this one would refuse them. */
const OF_OTHER_ROUTES = [
	/(?:^|[^a-z])(?:kling|viduq?|hailuo|minimax|jimeng|luma|ray|runway(?:ml)?|gen-?[34]a?|pixverse)(?![a-z])/i,
	/seedance-?(?:1[.-]5|2[.-]\d|2(?!\d))/i,
	/wan-?(?:2[.-][67]|3)(?!\d)/i,
	/^(?:sora_video2|sora-2-(?:all|vip)|grok-1\.5-video|grok-video-3-(?:10s|pro|max)|zhenzhen-video)/i,
];

export function isOfAnotherRoute(id: string): boolean {
	return OF_OTHER_ROUTES.some((pattern) => pattern.test(id));
}

function sourcesOf({ images: { roles, min, max = Infinity } }: ModelRow): string {
	if (max === 0) return 'text only';
	if (roles.includes('reference')) {
		if (max === Infinity) return 'text or images';
		return min === 0 ? `text or up to ${max} images` : `${min} to ${max} reference images`;
	}
	const frames = roles.includes('lastFrame') ? 'first and last frame' : 'first frame';
	if (min === 0) return `text or ${frames}`;
	return min < roles.length ? `first frame, or ${frames}` : frames;
}

const SHAPES = ['landscape', 'portrait', 'square'];

/** Whole ranges rather than long lists: "6 to 30". */
const span = (choices: readonly string[]) =>
	choices.length > 3 ? `${choices[0]} to ${choices.at(-1)}` : either(choices);

function lengthOf({ fixedSeconds, fields: { duration } }: ModelRow): string | undefined {
	if (fixedSeconds !== undefined) return `${fixedSeconds} s`;
	if (duration?.choices) return `${span(duration.choices)} s`;
	return duration?.min === undefined ? undefined : `${duration.min} to ${duration.max} s`;
}

/** What a model makes of what: "8 s, landscape or portrait, text or first and last frame". */
export function summaryOf(row: ModelRow): string {
	const choices = (name: FieldName) => row.fields[name]?.choices ?? [];
	const ratios = choices('aspectRatio').filter((choice) => choice.includes(':'));
	const shapes = ratios.map((ratio) => orientationOf(ratio).toLowerCase());
	return [
		lengthOf(row),
		either(SHAPES.filter((shape) => shapes.includes(shape))),
		choices('resolution').length > 1
			? `up to ${choices('resolution').at(-1)}`
			: choices('resolution')[0],
		offers(row, 'hd') && 'optional HD',
		sourcesOf(row),
	]
		.filter(Boolean)
		.join(', ');
}

/** A model as a list shows it. */
export interface ListEntry {
	/** The ID. */
	value: string;
	name: string;
	description?: string;
}

export const listEntry = (row: ModelRow): ListEntry => ({
	value: row.id,
	name: row.name,
	description: summaryOf(row),
});

const notListed = (row: ModelRow): ListEntry => ({
	...listEntry(row),
	name: `${row.name}, not listed by your gateway`,
});

const hasRow = (id: string) => ROWS.some((row) => row.id === id);

/** IDs of the other video models that this route may serve, sorted. */
const othersAmong = (ids: ReadonlySet<string>) =>
	[...ids]
		.filter((id) => !hasRow(id) && looksLikeVideoModel(id) && !isOfAnotherRoute(id))
		.sort((a, b) => a.localeCompare(b));

/**
 * The models to choose from: those that the gateway lists and the table has; those that the table offers beside
 * them; the gateway's other video models by their ID.
 * @param gatewayIds everything that the key may use, of whatever kind
 */
export function modelList(gatewayIds: readonly string[]): ListEntry[] {
	const ids = new Set(gatewayIds);
	return [
		...ROWS.filter(({ id }) => ids.has(id)).map(listEntry),
		...ROWS.filter(({ id, listed }) => listed && !ids.has(id)).map(notListed),
		...othersAmong(ids).map((id) => ({ value: id, name: id })),
	];
}

/**
 * The video models of a gateway of OpenAI Videos. Those who host a model themselves have few, with names of any kind: if
 * none looks like a video model, all are listed.
 */
export function videoModelList(gatewayIds: readonly string[]): ListEntry[] {
	const videos = gatewayIds.filter(looksLikeVideoModel);
	const listed = [...(videos.length > 0 ? videos : gatewayIds)];
	return listed
		.sort((a, b) => a.localeCompare(b))
		.map((id) => {
			const row = videosRow(id);
			return { value: id, name: id, ...(row.family && { description: summaryOf(row) }) };
		});
}

/** What a message names at the most. */
const NAMED = 5;

/** Some video models that a key has, by their IDs: for the error that the chosen one is not to be had. */
export function videoModelsAmong(gatewayIds: readonly string[], atMost = NAMED): string[] {
	const ids = new Set(gatewayIds);
	return [...ROWS.map(({ id }) => id).filter((id) => ids.has(id)), ...othersAmong(ids)].slice(
		0,
		atMost,
	);
}
