/** What is rendered, as far as it bears on the time that it takes. */
export interface RenderKind {
	duration?: string;
	hd?: boolean;
	/** The prompt is a list of shots. */
	storyboard?: boolean;
}

/**
 * How long to wait unless the user says otherwise, in minutes. HD and 25 s were logged at up to 30, storyboards at up to
 * 50; a wait that ends too soon costs more than one that ends late.
 */
export const patienceMinutes = ({ duration, hd, storyboard }: RenderKind = {}): number =>
	hd || storyboard || duration === '25' ? 60 : 30;
