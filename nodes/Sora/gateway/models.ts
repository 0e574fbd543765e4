/** What is known of a model. Adding a model means adding a row. */
export interface ModelRow {
	id: string;
	name: string;
	description: string;
	/** Seconds of video on offer, as the strings the gateway takes. */
	durations: readonly string[];
	/** Durations for which HD may be asked for. */
	hdDurations: readonly string[];
}

/**
 * The models with rules of their own. sora-2: 10 or 15 s, no HD; sora-2-pro: also 25 s, and HD, which has
 * no effect at 25 s (the API's page and its clients).
 */
export const MODELS: readonly ModelRow[] = [
	{
		id: 'sora-2',
		name: 'Sora 2',
		description: '10 or 15 seconds',
		durations: ['10', '15'],
		hdDurations: [],
	},
	{
		id: 'sora-2-pro',
		name: 'Sora 2 Pro',
		description: '10 or 15 seconds with optional HD, or 25 seconds',
		durations: ['10', '15', '25'],
		hdDurations: ['10', '15'],
	},
];

/** Durations as a message names them: "10, 15 or 25 seconds". */
export const secondsOnOffer = (durations: readonly string[]) =>
	`${durations.join(', ').replace(/, (?=[^,]*$)/, ' or ')} seconds`;

export const SORA_MODEL_IDS = MODELS.map(({ id }) => id);
export const HD_MODEL_IDS = MODELS.filter((row) => row.hdDurations.length).map(({ id }) => id);

/** A model without a row is never refused: the gateway may know what we do not. */
export function modelRow(id: string): ModelRow | undefined {
	return MODELS.find((row) => row.id === id);
}

/** Names that video models carry, so that a gateway's chat and image models stay out of the list. */
const VIDEO_FAMILIES =
	/(^|[^a-z])(sora|veo|wanx?|seedance|kling|hailuo|viduq?|luma|ray|runway|gen-?[34]a?|pika|pixverse|(hunyuan|cog)?-?videox?|mochi|ltxv?|jimeng)(?![a-z])/i;
const NOT_VIDEO = /(image|vision|t2i|embedding|tts|audio|whisper)/i;

export function looksLikeVideoModel(id: string): boolean {
	return VIDEO_FAMILIES.test(id) && !NOT_VIDEO.test(id);
}

const MINUTE = 60_000;

export interface RenderKind {
	model: string;
	duration?: string;
	hd?: boolean;
	/** The prompt is a list of shots. */
	storyboard?: boolean;
}

/**
 * Typical time from submission to the finished video, in milliseconds: 10 s clips were logged at 245 s in
 * the middle, 15 s take about 2 min more, HD 8 to 20 min more, 25 s up to 30 min (public clients' logs).
 */
export function typicalRenderMs({ duration, hd }: Partial<RenderKind> = {}): number {
	const clip = duration === '25' ? 20 * MINUTE : duration === '15' ? 6 * MINUTE : 4 * MINUTE;
	return hd ? clip + 12 * MINUTE : clip;
}

/** How long to wait unless the user says otherwise, in minutes. Storyboards were logged at up to 50. */
export function patienceMinutes({ duration, hd, storyboard }: Partial<RenderKind> = {}): number {
	return hd || storyboard || duration === '25' ? 60 : 30;
}
