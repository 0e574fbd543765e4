import type { IDataObject } from 'n8n-workflow';

import { getQuota as askForQuota } from '../gateway/client';
import { ATTEMPTS } from '../gateway/timeouts';
import { retry } from '../flow/retry';
import type { Operation } from './operation';
import { quotaItem } from './output';
import type { Run } from './run';

const quotaOf = async ({ gateway, clock, signal }: Run) =>
	await retry(async () => await askForQuota(gateway), {
		attempts: ATTEMPTS.singlePoll,
		repeats: 'free',
		clock,
		signal,
		whenStopped: { advice: 'The gateway was only asked for the quota; nothing was bought.' },
	});

export const getQuota: Operation = {
	prepare: (run) => ({
		perform: async () => {
			const quota = await run.requests(async () => await quotaOf(run));
			return { json: quotaItem(quota) as IDataObject };
		},
	}),
};
