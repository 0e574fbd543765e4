import type { IDataObject } from 'n8n-workflow';

import { getQuota as askForQuota } from '../gateway/client';
import type { Operation } from './operation';
import { quotaItem } from './output';
import { askedOnce } from './run';

const NOTHING_BOUGHT = 'The gateway was only asked for the quota; nothing was bought.';

export const getQuota: Operation = {
	prepare: (run) => ({
		perform: async () => {
			const ask = async () => await askForQuota(run.gateway);
			const quota = await askedOnce(run, ask, { advice: NOTHING_BOUGHT });
			return { json: quotaItem(quota) as IDataObject };
		},
	}),
};
