/** What the panel asks of the Sora models alone. It goes when the panel asks every model's row. */
import type { ModelRow } from './row';
import { ROWS } from './rows';

export interface SoraModel {
	id: string;
	name: string;
	/** Seconds of video on offer, as the strings the gateway takes. */
	durations: readonly string[];
	/** Durations for which HD may be asked for. */
	hdDurations: readonly string[];
}

function soraModel({ id, name, fields, rules }: ModelRow): SoraModel {
	const durations = fields.duration?.choices ?? [];
	const withoutHd = rules.filter(({ then }) => then.field === 'hd').map(({ when }) => when.oneOf);
	return {
		id,
		name,
		durations,
		hdDurations: fields.hd
			? durations.filter((duration) => !withoutHd.some((lengths) => lengths?.includes(duration)))
			: [],
	};
}

export const MODELS: readonly SoraModel[] = ROWS.filter(({ family }) => family === 'sora').map(
	soraModel,
);
export const SORA_MODEL_IDS = MODELS.map(({ id }) => id);
export const HD_MODEL_IDS = MODELS.filter((row) => row.hdDurations.length).map(({ id }) => id);

export function modelRow(id: string): SoraModel | undefined {
	return MODELS.find((row) => row.id === id);
}
