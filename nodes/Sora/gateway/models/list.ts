/** The models as list entries. */
import { either } from './judge';
import { offers, type FieldName, type ModelRow } from './row';
import { ROWS } from './rows';
import { orientationOf } from './spelling';
import { videosRow } from './videosRows';

/** Name parts of video models, which keep a gateway's chat and image models out of the list. */
const VIDEO_FAMILIES =
	/(^|[^a-z])(sora|veo|wanx?|seedance|kling|hailuo|viduq?|luma|ray|runway|gen-?[34]a?|pika|pixverse|(hunyuan|cog)?-?videox?|mochi|ltxv?|jimeng)(?![a-z])/i;
const NOT_VIDEO = /(image|vision|t2i|embedding|tts|audio|whisper)/i;

export const looksLikeVideoModel = (id: string): boolean =>
	VIDEO_FAMILIES.test(id) && !NOT_VIDEO.test(id);

function sourcesOf({ images: { roles, min, max } }: ModelRow): string {
	if (max === 0) return 'text only';
	const frames = roles.includes('lastFrame')
		? `${min === 1 ? 'first frame, or ' : ''}first and last frame`
		: 'first frame';
	const several = max === undefined ? 'images' : `up to ${max} images`;
	const images = roles.includes('reference') ? several : frames;
	return min === 0 ? `text or ${images}` : images;
}

const span = (choices: readonly string[]) =>
	choices.length > 3 ? `${choices[0]} to ${choices.at(-1)}` : either(choices);

/** A summary of what a model takes: "8 s, landscape or portrait, text or first and last frame". */
export function summaryOf(row: ModelRow): string {
	const choices = (name: FieldName) => row.fields[name]?.choices ?? [];
	const ratios = choices('aspectRatio').filter((choice) => choice.includes(':'));
	const shapes = ratios.map((ratio) => orientationOf(ratio).toLowerCase());
	const lengths = row.fixedSeconds ? [String(row.fixedSeconds)] : choices('duration');
	const resolutions = choices('resolution');
	return [
		lengths.length > 0 && `${span(lengths)} s`,
		either(['landscape', 'portrait', 'square'].filter((shape) => shapes.includes(shape))),
		resolutions.length > 1 ? `up to ${resolutions.at(-1)}` : resolutions[0],
		offers(row, 'hd') && 'optional HD',
		sourcesOf(row),
	]
		.filter(Boolean)
		.join(', ');
}

export interface ListEntry {
	value: string;
	name: string;
	description?: string;
}

export const listEntry = (row: ModelRow, name = row.name): ListEntry => ({
	value: row.id,
	name,
	description: summaryOf(row),
});

const byName = (a: string, b: string) => a.localeCompare(b);

/**
 * The models to choose from: first those in the table that the gateway lists, then others from the table that are
 * always offered, then the gateway's other video models by ID.
 * @param gatewayIds all models available to the key, of any kind
 */
export function modelList(gatewayIds: readonly string[]): ListEntry[] {
	const ids = new Set(gatewayIds);
	const others = new Set(gatewayIds.filter(looksLikeVideoModel));
	for (const { id } of ROWS) others.delete(id);
	return [
		...ROWS.filter(({ id }) => ids.has(id)).map((row) => listEntry(row)),
		...ROWS.filter(({ id, listed }) => listed && !ids.has(id)).map((row) =>
			listEntry(row, `${row.name}, not listed by your gateway`),
		),
		...[...others].sort(byName).map((id) => ({ value: id, name: id })),
	];
}

/**
 * The video models of an OpenAI Videos gateway. Self-hosted ones are few and have arbitrary names: if none looks like a
 * video model, all are listed.
 */
export function videoModelList(gatewayIds: readonly string[]): ListEntry[] {
	const videos = gatewayIds.filter(looksLikeVideoModel);
	return [...(videos.length > 0 ? videos : gatewayIds)].sort(byName).map((id) => {
		const row = videosRow(id);
		return row.known ? listEntry(row, id) : { value: id, name: id };
	});
}

/** Some of the key's video models by ID, for the error that the chosen one is unavailable. */
export const videoModelsAmong = (gatewayIds: readonly string[]): string[] =>
	modelList(gatewayIds)
		.map(({ value }) => value)
		.filter((id) => gatewayIds.includes(id))
		.slice(0, 5);
