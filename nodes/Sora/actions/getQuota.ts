import type { IDataObject } from 'n8n-workflow';

import { getQuota as askForQuota } from '../gateway/client';
import { quotaItem } from './output';
import { askedOnce, type Operation } from './run';

export const getQuota: Operation = {
	prepare: (run) => ({
		perform: async () => {
			const ask = async () => await askForQuota(run.gateway);
			return { json: quotaItem(await askedOnce(run, ask)) as IDataObject };
		},
	}),
};
