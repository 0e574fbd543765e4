import type { IDataObject, IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

import { printable } from '../gateway/printable';
import { concealed, type Conceal } from '../gateway/secrecy';

export type Log = (message: string, facts: IDataObject) => void;

/**
 * Logs at level info. n8n's console omits the metadata, so what is needed after a crash, an item's execution and task,
 * is in the message.
 * @param executionId unknown to a trigger, whose execution has not begun
 * @param conceal masks the key
 */
export function logOf(
	context: Pick<IExecuteFunctions | IWebhookFunctions, 'getNode' | 'logger'>,
	executionId?: string,
	conceal: Conceal = (text) => text,
): Log {
	const node = context.getNode().name;
	return (message, facts) => {
		const where = [
			executionId && `execution ${executionId}`,
			`node "${node}"`,
			facts.itemIndex !== undefined && `item ${String(facts.itemIndex)}`,
		].filter(Boolean);
		const line = `${message} (${where.join(', ')})`;
		context.logger.info(printable(conceal(line)), concealed({ node, ...facts }, conceal));
	};
}
