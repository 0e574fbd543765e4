/** Decides, before the items of a turn are read, whether the execution is parked. */
import type { EngineRequest, EngineResponse, IExecuteFunctions } from 'n8n-workflow';

import type { Clock } from '../flow/clock';
import { NodeEntry } from '../parking/engineRequest';
import type { Log } from './log';

export interface Turn {
	/** The execution is parked while tasks are open. */
	readonly parks: boolean;
	/** Unset for agents' tools, which are entered once. */
	readonly entry?: NodeEntry;
}

/** An agent calls the node: as its tool, it is entered once, and nobody watches its output. */
export const isToolCall = (context: IExecuteFunctions) =>
	context.getNode().type.endsWith('Tool') || context.isToolExecution?.() === true;

/** @returns `undefined` for agents' tools, which are entered once */
export function entryOf(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
	clock: Clock,
): NodeEntry | undefined {
	return isToolCall(context) ? undefined : new NodeEntry(context, response, clock.now());
}

/** An unknown value is judged with the other parameters of its item. */
const wantsParking = (context: IExecuteFunctions, fields: ReadonlyArray<{ name: string }>) =>
	fields.some(({ name }) => name === 'waiting') &&
	context.getNodeParameter('waiting', 0, null) === 'parked';

/**
 * Decides whether this turn parks, before anything is bought.
 * @returns what the engine is to be asked for first, where it was not probed yet
 */
export function beginTurn(
	context: IExecuteFunctions,
	fields: ReadonlyArray<{ name: string }>,
	entry: NodeEntry | undefined,
	log: Log,
): Turn | EngineRequest {
	if (!entry || !wantsParking(context, fields)) return { parks: false, entry };
	const obstacle = entry.findObstacle();
	if (obstacle === undefined) return entry.isProbed ? { parks: true, entry } : entry.probe();
	log(`Sora node waits in the node and is not parked: ${obstacle}`, {});
	const message = `Waited in the node instead of being parked: ${obstacle}.`;
	context.addExecutionHints?.({ message, location: 'outputPane' });
	return { parks: false, entry };
}

export const isRequest = (turn: Turn | EngineRequest): turn is EngineRequest => 'actions' in turn;
