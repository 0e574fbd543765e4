import {
	flag,
	flagOrText,
	LARGEST_SEED,
	lengthOf,
	noPictures,
	oneOf,
	pictures,
	text,
	webAddress,
	whole,
} from './field';

const SIZES = {
	'480P': ['832*480', '480*832', '624*624'],
	'720P': ['1280*720', '720*1280', '960*960', '1088*832', '832*1088'],
	'1080P': ['1920*1080', '1080*1920', '1440*1440', '1632*1248', '1248*1632'],
};
const THREE_OF_720P = SIZES['720P'].slice(0, 3);

const sizeOf = (...sizes: string[]) => oneOf(...(sizes as [string, ...string[]]));

const common = {
	duration: lengthOf(5),
	negative_prompt: text,
	prompt_extend: flag,
	watermark: flag,
	seed: whole(0, LARGEST_SEED),
};
const fromText = { ...common, images: noPictures };
const fromFirst = { ...common, prompt_extend: flagOrText, template: text, images: pictures(1, 1) };

/** From text the size is one field, from images the resolution. */
export const wan = {
	'wan2.5-t2v-preview': {
		...fromText,
		size: sizeOf(...Object.values(SIZES).flat()),
		duration: lengthOf(5, 10),
		audio: flag,
		audio_url: webAddress,
	},
	'wan2.2-t2v-plus': { ...fromText, size: sizeOf(...SIZES['480P'], ...SIZES['1080P']) },
	'wanx2.1-t2v-turbo': { ...fromText, size: sizeOf(...SIZES['480P'], ...THREE_OF_720P) },
	'wanx2.1-t2v-plus': { ...fromText, size: sizeOf(...THREE_OF_720P) },
	'wan2.5-i2v-preview': {
		...common,
		prompt_extend: flagOrText,
		images: pictures(1, 1),
		resolution: oneOf('480P', '720P', '1080P'),
		duration: lengthOf(5, 10),
		audio: flagOrText,
		audio_url: webAddress,
	},
	'wan2.2-i2v-plus': { ...fromFirst, resolution: oneOf('480P', '1080P') },
	'wan2.2-i2v-flash': { ...fromFirst, resolution: oneOf('480P', '720P') },
	'wanx2.1-i2v-turbo': { ...fromFirst, resolution: oneOf('480P', '720P') },
	'wanx2.1-i2v-plus': { ...fromFirst, resolution: oneOf('720P') },
	'wanx2.1-kf2v-plus': { ...common, resolution: oneOf('720P'), images: pictures(2, 2) },
};
