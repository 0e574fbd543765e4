import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { toNodeError, toSoraFailure } from '../actions/nodeErrors';
import { listModelIds, listVideoModels } from '../gateway/client';
import { listedEntries, modelList, videoModelList, type ListEntry } from '../gateway/models';
import { openGateway, type Gateway } from '../gateway/credential';
import { TIMEOUTS } from '../gateway/timeouts';

/** What OpenRouter lists says all there is to know of a model. */
async function entriesOf(gateway: Gateway): Promise<ListEntry[]> {
	const { name } = gateway.wire;
	if (name === 'openrouter') return listedEntries(await listVideoModels(gateway, TIMEOUTS.models));
	const ids = await listModelIds(gateway);
	return name === 'openai' ? videoModelList(ids) : modelList(ids);
}

/** The models that the table knows, then the gateway's other video models. */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	try {
		const id = (filter ?? '').trim();
		const entries = await entriesOf(await openGateway(this));
		const results = entries.filter(({ name, value }) =>
			`${name} ${value}`.toLowerCase().includes(id.toLowerCase()),
		);
		const isUnlisted = results.length === 0 && id !== '';
		return {
			results: isUnlisted ? [{ value: id, name: `Not listed: use "${id}" as the ID` }] : results,
		};
	} catch (error) {
		throw toNodeError(this, toSoraFailure(error));
	}
}
