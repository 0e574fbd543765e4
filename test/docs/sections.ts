import { ENVELOPES } from '../../nodes/Sora/gateway/answers/view';
import { FAILURES, WAS_IT_CHARGED } from '../../nodes/Sora/gateway/failures';
import {
	IMAGE_LIMITS,
	LARGEST_UPLOAD_BYTES,
	LONGEST_CLIP_SECONDS,
	megabytes,
	VIDEO_LIMITS,
} from '../../nodes/Sora/media/fileLimits';
import { families, likeFamilies, patience, unknownModel, videosModels } from './models';
import { failures, fileKinds, operations } from './reference';
import { withSection } from './section';
import { submissionsTable } from './submissions';

const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
const endings = () =>
	quoted(
		Object.entries(FAILURES)
			.filter(([, { endsWait }]) => endsWait)
			.map(([category]) => category)
			.sort(),
	);

/** What is generated from the node in docs/, by page and by the name of its section. */
export const SECTIONS: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
	'answers.md': { envelopes: () => quoted(ENVELOPES), 'failures that end a wait': endings },
	'errors.md': { 'was it charged': () => WAS_IT_CHARGED, failures },
	'files.md': {
		kinds: fileKinds,
		'image size': () => megabytes(IMAGE_LIMITS.bytes),
		'image sides': () => `${IMAGE_LIMITS.shortestSide} or more than ${IMAGE_LIMITS.longestSide}`,
		'clip seconds': () => String(LONGEST_CLIP_SECONDS),
		'table size': () => megabytes(VIDEO_LIMITS.bytes),
		'number of boxes': () => String(VIDEO_LIMITS.parts),
		'upload size': () => megabytes(LARGEST_UPLOAD_BYTES),
		'inline size': () => megabytes(IMAGE_LIMITS.inlineBytes),
	},
	'models.md': {
		families,
		'like families': likeFamilies,
		'unknown model': unknownModel,
		patience,
		'models on OpenAI Videos': videosModels,
	},
	'money.md': { 'answers to the paid request': submissionsTable },
	'operations.md': { operations },
};

/** The page with all its sections as they are now. */
export const current = (name: string, page: string) =>
	Object.entries(SECTIONS[name] ?? {}).reduce(
		(text, [section, generated]) => withSection(text, section, generated()),
		page,
	);
