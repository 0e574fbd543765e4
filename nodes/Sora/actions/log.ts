import type { IDataObject, IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

export type Log = (message: string, facts: IDataObject) => void;

/**
 * Writes to n8n's log at level info. Its console shows a message without its facts, so that what a person looks for
 * after a crash, the execution and the item of a task, stands in the message.
 * @param executionId unknown to a trigger, whose execution has not begun
 */
export function logOf(
	context: Pick<IExecuteFunctions | IWebhookFunctions, 'getNode' | 'logger'>,
	executionId?: string,
): Log {
	const node = context.getNode().name;
	return (message, facts) => {
		const where = [
			executionId && `execution ${executionId}`,
			`node "${node}"`,
			facts.itemIndex !== undefined && `item ${String(facts.itemIndex)}`,
		].filter(Boolean);
		context.logger.info(`${message} (${where.join(', ')})`, { node, ...facts });
	};
}
