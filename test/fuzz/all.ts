import type fc from 'fast-check';

import { ANSWER_PROPERTIES } from './answers';
import { CALLBACK_PROPERTIES } from './callbacks';
import { EXTRA_BODY_PROPERTIES } from './extraBody';
import { FILE_PROPERTIES } from './files';
import { PROMPT_PROPERTIES } from './prompts';

/** All properties about what people, files and gateways send, by sender. */
export const PROPERTIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
	'images and clips': FILE_PROPERTIES,
	answers: ANSWER_PROPERTIES,
	callbacks: CALLBACK_PROPERTIES,
	'mentions and storyboards': PROMPT_PROPERTIES,
	'Extra Body': EXTRA_BODY_PROPERTIES,
};

export type AnyProperty = fc.IAsyncProperty<unknown>;
