import { rowOf } from './rows';

const MINUTE = 60_000;
/** The least that is waited unless the user says otherwise. */
const PATIENCE_MINUTES = 30;

/** What is rendered, as far as it bears on the time that it takes. */
export interface RenderKind {
	model: string;
	duration?: string;
	hd?: boolean;
	/** The prompt is a list of shots. */
	storyboard?: boolean;
}

/**
 * Typical time from submission to the finished video, in milliseconds. Sora: 10 s clips were logged at 245 s in
 * the middle, 15 s take about 2 min more, HD 8 to 20 min more, 25 s up to 30 min (public clients' logs). Other
 * models: what their family says, which is a guess; without one, and without a model, Sora's.
 */
export function typicalRenderMs({ model, duration, hd }: Partial<RenderKind> = {}): number {
	const render = model === undefined ? undefined : rowOf(model).render;
	if (render) return render.typicalMs;
	const clip = duration === '25' ? 20 * MINUTE : duration === '15' ? 6 * MINUTE : 4 * MINUTE;
	return hd ? clip + 12 * MINUTE : clip;
}

/** Whether the typical time is a guess rather than logged, so that a video may well be finished long before. */
export function isGuessedRenderTime({ model }: Partial<RenderKind> = {}): boolean {
	return model === undefined || rowOf(model).family !== 'sora';
}

/**
 * How long to wait unless the user says otherwise, in minutes. Storyboards were logged at up to 50. Other clients
 * give some models up sooner; a wait that ends too soon costs more than one that ends late.
 */
export function patienceMinutes({
	model,
	duration,
	hd,
	storyboard,
}: Partial<RenderKind> = {}): number {
	const render = model === undefined ? undefined : rowOf(model).render;
	if (hd || storyboard || (!render && duration === '25')) return 60;
	return Math.max(PATIENCE_MINUTES, render?.giveUpMinutes ?? 0);
}
