import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { toNodeError, toSoraFailure } from '../actions/nodeErrors';
import { listModelIds } from '../gateway/client';
import { looksLikeVideoModel, modelRow, MODELS } from '../gateway/models';
import { openGateway } from '../gateway/transport';

/** The two Sora models first, then the gateway's other video models. */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	try {
		const wanted = (filter ?? '').trim().toLowerCase();
		const others = (await listModelIds(await openGateway(this)))
			.filter((id) => looksLikeVideoModel(id) && !modelRow(id))
			.sort((a, b) => a.localeCompare(b));
		const entries = [
			...MODELS.map(({ id, name, description }) => ({ name, value: id, description })),
			...[...new Set(others)].map((id) => ({ name: id, value: id })),
		];
		return {
			results: entries.filter(({ name, value }) =>
				`${name} ${value}`.toLowerCase().includes(wanted),
			),
		};
	} catch (error) {
		throw toNodeError(this, toSoraFailure(error));
	}
}
