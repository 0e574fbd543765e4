import { flag, LARGEST_SEED, lengthOf, noPictures, oneOf, pictures, whole } from './field';

const fields = {
	ratio: oneOf('16:9', '9:16', '1:1', '4:3', '3:4', '21:9', '9:21', 'adaptive', 'keep_ratio'),
	duration: lengthOf(5, 10),
	resolution: oneOf('480p', '720p', '1080p'),
	camerafixed: flag,
	watermark: flag,
	seed: whole(0, LARGEST_SEED),
};

export const seedance = {
	'doubao-seedance-1-0-pro-250528': { ...fields, images: pictures(0, 1) },
	'doubao-seedance-1-0-lite-t2v-250428': { ...fields, images: noPictures },
	'doubao-seedance-1-0-lite-i2v-250428': { ...fields, images: pictures(1, 2) },
};
