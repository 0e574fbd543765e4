import { listenToLog } from '../demo/n8n';
import { readLogLine, Steps } from '../demo/progress';
import { GENERATE, useGateway } from './gateway';

const gateway = useGateway();

it("the demo hears of a video's task by the node's log", async () => {
	const steps = new Steps(() => undefined);
	const step = steps.begin('task', 'Text to video', 'submitting');
	listenToLog((message, facts) => {
		const event = readLogLine(message, facts);
		if (event) steps.hear(event);
	});
	await gateway.run({ ...GENERATE, prompt: 'A duck' });
	const [task] = gateway.simulator.books.purchases;
	expect(step).toMatchObject({ id: task?.taskId, status: 'accepted' });
});
