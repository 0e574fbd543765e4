import type { FieldKey, FieldName, ModelRow, Value } from './row';

interface FieldKind {
	kind: 'word' | 'seconds' | 'flag' | 'number' | 'text';
	/** The value at which a model that lacks the field does the same as one that has it. */
	resting?: Value;
	/** It holds its resting value in every order, so that only another one was set by anybody. */
	standing?: true;
	/** Given empty, the field is left out, even where its default is always sent otherwise. */
	emptyLeavesOut?: true;
}

/** The fields in the order of the body. What is the same for all models. */
export const FIELDS: Readonly<Record<FieldName, FieldKind>> = {
	aspectRatio: { kind: 'word', resting: '16:9', emptyLeavesOut: true },
	duration: { kind: 'seconds' },
	resolution: { kind: 'word' },
	hd: { kind: 'flag', resting: false, standing: true },
	enhancePrompt: { kind: 'flag', resting: false, standing: true },
	upscale: { kind: 'flag', resting: false, standing: true },
	promptExtend: { kind: 'flag', resting: true, standing: true },
	cameraFixed: { kind: 'flag', resting: false, standing: true },
	audio: { kind: 'flag', resting: true, standing: true },
	watermark: { kind: 'flag', resting: false },
	private: { kind: 'flag', resting: true },
	seed: { kind: 'number' },
	negativePrompt: { kind: 'text' },
	audioUrl: { kind: 'text' },
	template: { kind: 'text' },
};

export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

/** Whether a model has a field and offers it. */
export function offers(row: ModelRow, key: FieldKey): boolean {
	if (key === 'characterClip') return row.characterClip;
	if (key === 'firstFrame' || key === 'lastFrame' || key === 'reference') {
		return row.images.roles.includes(key) && !row.images.listsOnly;
	}
	const field = row.fields[key];
	return field !== undefined && !field.unoffered;
}
