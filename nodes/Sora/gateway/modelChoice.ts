/** The models available at a gateway, and what is known about each: from our tables, or from the gateway's own list. */
import { listModelIds, listModels } from './client';
import type { Gateway } from './credential';
import {
	listedEntries,
	listedRow,
	modelList,
	rowFinder,
	rowOf,
	unlistedRow,
	videoModelList,
	videosRow,
	type ListEntry,
	type ModelRow,
} from './models';

/** OpenRouter's list, requested once per run for all items: each run opens its own gateway. */
const listings = new WeakMap<Gateway, Promise<ReturnType<typeof rowFinder>>>();

async function listedRows(gateway: Gateway) {
	// The order itself will show whether the gateway is reachable.
	const listing = await listModels(gateway).catch(() => []);
	return rowFinder(listing.flatMap((model) => listedRow(model) ?? []));
}

/** What is known about a model on the gateway's wire. Never fails: an unknown model has no restrictions. */
export async function modelRow(gateway: Gateway, id: string): Promise<ModelRow> {
	const { name } = gateway.wire;
	if (name !== 'openrouter') return name === 'tasks' ? rowOf(id) : videosRow(id);
	const listing = listings.get(gateway) ?? listedRows(gateway);
	listings.set(gateway, listing);
	return (await listing)(id) ?? unlistedRow(id);
}

/** The models available to the key, as list entries. Free of charge; throws as the client does. */
export async function modelEntries(gateway: Gateway): Promise<ListEntry[]> {
	const { name } = gateway.wire;
	if (name === 'openrouter') return listedEntries(await listModels(gateway));
	const ids = await listModelIds(gateway);
	return name === 'tasks' ? modelList(ids) : videoModelList(ids);
}
